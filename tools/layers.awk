# Who may include whom: a file its own header and lower ranks only.
#
#   awk -f tools/layers.awk -v root=src [-v strict=1] src/LAYERS FILE...
#
# src/LAYERS has a line a folder, "folder: file file ...", folders from the
# ground up and in each the files from the ground up, without .c or .h.  The
# folder "." is the source directory itself.  A file may be a header only.
# Our includes are written "folder/file.h"; everything else is PostgreSQL's.
#
# strict also refuses entries of src/LAYERS for which there is no file.
# Must run with mawk: no functions of gawk's.

function complain(where, what)
{
	print where ": " what
	bad = 1
}

# "src/base/guc.c" and "base/guc.h" are both base/guc; "src/init.c" is init
function stem(path)
{
	if (substr(path, 1, length(root) + 1) == root "/")
		path = substr(path, length(root) + 2)
	sub(/\.[ch]$/, "", path)
	return path
}

FNR == 1 {
	files++
	me = stem(FILENAME)
	if (files > 1 && !(me in rank))
		complain(FILENAME, "not listed in LAYERS")
	seen[me] = 1
}

files == 1 {
	sub(/#.*/, "")
	if (NF == 0)
		next
	if ($1 !~ /^[a-z_.]+:$/) {
		complain(FILENAME ":" FNR, "expected \"folder: file file ...\"")
		next
	}
	folder = substr($1, 1, length($1) - 1)
	folders[folder] = 1
	for (i = 2; i <= NF; i++) {
		name = folder == "." ? $i : folder "/" $i
		if (name in rank)
			complain(FILENAME ":" FNR, name " is listed twice")
		rank[name] = ++ranks
		base[$i] = name
	}
	next
}

/^[ \t]*#[ \t]*include[ \t]*["<]/ {
	where = FILENAME ":" FNR
	include = $0
	sub(/^[^"<]*/, "", include)
	angle = substr(include, 1, 1) == "<"
	include = substr(include, 2)
	sub(/[">].*/, "", include)
	target = stem(include)
	n = split(include, part, "/")

	if (part[1] == "." || part[1] == "..") {
		complain(where, "include \"folder/file.h\", not " include)
	} else if (n > 1 && part[1] in folders) {
		if (angle)
			complain(where, "include \"" include "\" in quotes")
		if (!(target in rank))
			complain(where, include " is not listed in LAYERS")
		else if (me in rank && target != me && rank[target] >= rank[me])
			complain(where, me " (rank " rank[me] ") may not include " target " (rank " rank[target] ")")
	} else if (n == 1 && target in rank) {
		if (me in rank && target != me && rank[target] >= rank[me])
			complain(where, me " (rank " rank[me] ") may not include " target " (rank " rank[target] ")")
	} else if (n == 1 && !angle && target in base) {
		complain(where, "include \"" base[target] ".h\", with its folder")
	}
}

END {
	if (strict)
		for (name in rank)
			if (!(name in seen))
				complain(name, "listed in LAYERS, but there is no such file")
	exit bad
}
