# Every error that a user can meet carries an SQLSTATE: an ereport() of ERROR
# or worse without errcode() is refused.  Can't-happen cases use elog().
#
#   awk -f tools/ereport.awk FILE...

FNR == 1 { depth = 0 }

{
	line = $0
	gsub(/\\./, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/'[^']*'/, "0", line)
	gsub(/\/\*.*\*\//, "", line)

	if (depth == 0) {
		if (!match(line, /(^|[^A-Za-z0-9_])ereport[ \t]*\([ \t]*(ERROR|FATAL|PANIC)/))
			next
		line = substr(line, RSTART)
		start = FNR
		call = ""
	}
	call = call line
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (c == "(")
			depth++
		else if (c == ")" && --depth == 0)
			break
	}
	if (depth == 0 && call !~ /errcode(_for_[a-z_]+)?[ \t]*\(/) {
		print FILENAME ":" start ": ereport without errcode"
		bad = 1
	}
}

END { exit bad }
