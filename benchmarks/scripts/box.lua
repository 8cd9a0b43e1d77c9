-- Asks a collection for the ward at a point, as a box without extent; PATTERN names {lng} and {lat}.
local pattern = os.getenv("PATTERN")
math.randomseed(20230718)
local paths = {}
for i = 1, 4000 do
  local lat = string.format("%.6f", 51.40 + 0.20 * math.random())
  local lng = string.format("%.6f", -0.30 + 0.35 * math.random())
  paths[i] = pattern:gsub("{lng}", lng):gsub("{lat}", lat)
end
local i = 0
request = function()
  i = i % #paths + 1
  return wrk.format("GET", paths[i])
end
