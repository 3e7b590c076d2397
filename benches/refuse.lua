-- For wrk: a delivery of 400 bytes whose signature is of another secret.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-GitHub-Event"] = "deployment"
wrk.headers["X-Signature-SHA256"] = "sha256=" .. string.rep("ab", 32)
wrk.body = '{"environment":"development","image":"ghcr.io/your-org/game-2048:v1","namespace":"game-2048-dev","service_name":"game-2048-dev","commit_sha":"'
wrk.body = wrk.body .. string.rep("0", 400 - #wrk.body - 2) .. '"}'

-- Requests, seconds, answers that are no refusal; the last has to be 0.
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() others = 0 end
function response(status) if status ~= 401 then others = others + 1 end end
function done(summary)
  local odd = 0
  for _, thread in ipairs(threads) do odd = odd + thread:get("others") end
  local errors = summary.errors
  odd = odd + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("measured %.0f %d\n", summary.requests / (summary.duration / 1e6), odd))
end
