-- Asks for points spread over London, a new one each time; some lie in no ward (404).
-- PATTERN holds two %s: latitude, longitude.
local pattern = os.getenv("PATTERN") or "/v1/locate?lat=%s&lng=%s"
math.randomseed(20230718)
local paths = {}
for i = 1, 4000 do
  local lat = string.format("%.6f", 51.40 + 0.20 * math.random())
  local lng = string.format("%.6f", -0.30 + 0.35 * math.random())
  paths[i] = string.format(pattern, lat, lng)
end
local i = 0
request = function()
  i = i % #paths + 1
  return wrk.format("GET", paths[i])
end
