"""What runs inside the store, each as one step. All of it says how things stand, never by how much they changed."""

# A store that came back may have forgotten the last moments. Until every process had time to say again what it holds,
# nothing is granted.
_SETTLING = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local info = redis.pcall('INFO', 'server')
local life = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or 'unknown'
local known = redis.call('HMGET', KEYS[2], 'life', 'until')
local settled = tonumber(known[2] or 0)
if known[1] ~= life then
  settled = now + tonumber(ARGV[2])
  redis.call('HSET', KEYS[2], 'life', life, 'until', settled)
end
local worker, number = ARGV[1], tonumber(ARGV[3])
-- A question that was given up and arrives late must not undo a younger one.
if tonumber(redis.call('HGET', KEYS[3], worker) or 0) >= number then
  return {2, 0, 0, 0, 0, 0, life}
end
redis.call('HSET', KEYS[3], worker, number)
"""

# KEYS: buckets of the meter, the store's life, numbers of the processes' questions.
# ARGV: process, settling ms, number, limit, bucket ms, buckets, need, owed, want, share, then bucket and held in turn.
# Gives: state (0 answered, 1 settling, 2 late), bucket, granted, valid ms, left, ms until there is more, the life.
SLIDING = (
    _SETTLING
    + """
local limit, span, count = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local need, owed, want, share = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local bucket = math.floor(now / span) + 1
local oldest = bucket - 1 - count
local life_ms = (count + 3) * span
local function say(one, held)
  local name = KEYS[1] .. ':' .. one
  local before = tonumber(redis.call('HGET', name, worker) or 0)
  if held ~= before then
    redis.call('HSET', name, worker, held)
    redis.call('PEXPIRE', name, life_ms)
    redis.call('HINCRBY', KEYS[1], one, held - before)
  end
  return held
end
for place = 11, #ARGV, 2 do
  if tonumber(ARGV[place]) >= oldest then say(tonumber(ARGV[place]), tonumber(ARGV[place + 1])) end
end
local total, all = 0, {}
local counted = redis.call('HGETALL', KEYS[1])
for place = 1, #counted, 2 do
  local one, held = tonumber(counted[place]), tonumber(counted[place + 1])
  if one < oldest then
    redis.call('HDEL', KEYS[1], counted[place])
  elseif held > 0 then
    total = total + held
    all[#all + 1] = {one, held}
  end
end
redis.call('PEXPIRE', KEYS[1], life_ms)
redis.call('PEXPIRE', KEYS[3], math.max(life_ms, 86400000))
local left, granted = limit - total, 0
if settled > now then return {1, bucket, 0, 0, left, settled - now, life} end
if need <= left and left > 0 then
  granted = math.min(left, math.max(owed, math.min(want, owed + math.floor(left / share))))
  if granted > 0 then
    say(bucket, tonumber(redis.call('HGET', KEYS[1] .. ':' .. bucket, worker) or 0) + granted)
  end
end
table.sort(all, function(a, b) return a[1] < b[1] end)
local freed, resets = left - granted, 0
for _, entry in ipairs(all) do
  freed = freed + entry[2]
  resets = (entry[1] + count + 1) * span - now
  if granted == 0 and need > 0 and freed >= need then break end
end
return {0, bucket, granted, (bucket + 1) * span - now, left - granted, resets, life}
"""
)

# KEYS: places of the meter, the store's life, numbers of the processes' questions.
# ARGV: process, settling ms, number, limit, lease ms, need, owed, want, share, held.
PARALLEL = (
    _SETTLING
    + """
local limit, lease = tonumber(ARGV[4]), tonumber(ARGV[5])
local need, owed, want = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local share, mine = tonumber(ARGV[9]), tonumber(ARGV[10])
local function say(held)
  if held > 0 then
    redis.call('HSET', KEYS[1], worker, held .. ':' .. (now + lease))
  else
    redis.call('HDEL', KEYS[1], worker)
  end
end
say(mine)
local total = 0
local places = redis.call('HGETALL', KEYS[1])
for place = 1, #places, 2 do
  local held, ends = string.match(places[place + 1], '^(%d+):(%d+)$')
  if tonumber(ends) <= now then redis.call('HDEL', KEYS[1], places[place]) else total = total + tonumber(held) end
end
redis.call('PEXPIRE', KEYS[1], lease * 2)
redis.call('PEXPIRE', KEYS[3], 86400000)
local left, granted = limit - total, 0
if settled > now then return {1, 0, 0, 0, left, settled - now, life} end
if need <= left and left > 0 then
  granted = math.min(left, math.max(owed, math.min(want, owed + math.floor(left / share))))
  say(mine + granted)
end
return {0, 0, granted, lease, left - granted, 1000, life}
"""
)
