# How long pgbench's sessions waited for locks:
#
#   awk -f tools/lock_waits.awk LOG LOG
#
# The log, which is read twice, must have been written with
#
#   log_lock_waits = on, log_connections = on, log_autovacuum_min_duration = 0,
#   log_line_prefix = '%p %b: '
#
# A wait counts as for others if a session that is neither pgbench's nor
# autovacuum's held the lock, or stood in its queue ahead of the waiter, or if
# the one that held it was waiting for such a session itself.  Prints one line:
#
#   waits for others, longest of them, waits for each other, longest (ms)
#
# The server logs a wait once it lasts deadlock_timeout: shorter ones are not
# in the log.

# First reading: which process is which.  Autovacuum is known only by what it
# logs when it is through with a table.

NR == FNR {
	if (/connection authorized: .* application_name=pgbench/)
		pgbench[$1] = 1
	else if (/^[0-9]+ autovacuum worker: /)
		autovacuum[$1] = 1
	next
}

# Second reading: the waits

{
	pid = $1
}

/ (still waiting|avoided deadlock) for .* after [0-9.]+ ms$/ && (pid in pgbench) {
	waited[pid] = $(NF - 1)
}

# The line that names holders and queue follows at once
/ DETAIL: +Process(es)? holding the lock: / && (pid in waited) {
	sub(/.* holding the lock: /, "")
	split($0, part, /\. Wait queue: /)
	ours = blocked_by_others(part[1])
	# only the queue up to the waiter itself
	queue = "," part[2] ","
	gsub(/[ .]/, "", queue)
	sub("," pid ",.*", "", queue)
	if (blocked_by_others(queue))
		ours = 1
	for_others[pid] = ours
}

/ acquired .* after [0-9.]+ ms$/ && (pid in waited) {
	waited[pid] = $(NF - 1)
	close_wait(pid)
}

END {
	for (pid in waited)
		close_wait(pid)
	printf "%d %.0f %d %.0f\n", count[1], longest[1], count[0], longest[0]
}

function blocked_by_others(list,    n, i, one)
{
	n = split(list, one, /[^0-9]+/)
	for (i = 1; i <= n; i++) {
		if (one[i] == "" || (one[i] in autovacuum))
			continue
		if (!(one[i] in pgbench))
			return 1
		if ((one[i] in waited) && for_others[one[i]])
			return 1
	}
	return 0
}

function close_wait(who,    kind)
{
	kind = for_others[who] + 0
	count[kind]++
	if (waited[who] + 0 > longest[kind] + 0)
		longest[kind] = waited[who]
	delete waited[who]
	delete for_others[who]
}
