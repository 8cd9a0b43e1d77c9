-- Casts ballots: each line of BALLOTS is "path token option option option".
local lines = {}
for line in io.lines(os.getenv("BALLOTS")) do lines[#lines + 1] = line end
local i = tonumber(os.getenv("START") or "0") % #lines
local prefix = os.getenv("PREFIX") or "/v1"
request = function()
  i = i % #lines + 1
  local poll, token, a, b, c = lines[i]:match("(%S+) (%S+) (%S+) (%S+) (%S+)")
  local body = '{"approved_options":["' .. a .. '","' .. b .. '","' .. c .. '"]}'
  local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
  return wrk.format("PUT", prefix .. "/polls/" .. poll .. "/ballot", headers, body)
end
