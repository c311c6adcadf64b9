# Shared by the scripts in this directory, which source it; it runs nothing.
#
# They never use a PostgreSQL that is installed, but a private copy of it below
# build/: PostgreSQL finds its files relative to the running executable, so a
# copy of an installation is an installation, and its pg_config says where to
# install to.  No server of anybody's is touched, and nothing outside build/.

src=$(cd "$(dirname "$0")/.." && pwd)
script=$(cd "$(dirname "$0")" && pwd)/${0##*/}

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 1
}

# Is this the pg_config of a PostgreSQL that we can build for and run?
usable_pg_config()
{
	pgxs=$("$1" --pgxs 2> /dev/null) &&
		[ -e "$pgxs" ] &&
		[ -e "$("$1" --includedir-server)/postgres.h" ] &&
		[ -x "$("$1" --bindir)/postgres" ]
}

pg_config_major()
{
	"$1" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'
}

# Sets PG_CONFIG unless the user did.  Debian's pg_config answers for the
# newest headers, whose server need not be installed: look at each major too.
find_pg_config()
{
	if [ -n "${PG_CONFIG:-}" ]; then
		usable_pg_config "$PG_CONFIG"
		return
	fi
	for PG_CONFIG in pg_config \
		$(ls -r /usr/lib/postgresql/1[5-8]/bin/pg_config 2> /dev/null); do
		if usable_pg_config "$PG_CONFIG"; then
			case $(pg_config_major "$PG_CONFIG") in
				15 | 16 | 17 | 18) return ;;
			esac
		fi
	done
	PG_CONFIG=
	return 1
}

# The source tree without what is built in it, as a tar stream.  Not by git:
# it need not be there, and refuses a tree that belongs to somebody else.
pack_source()
{
	tar -C "$src" -c --exclude=./build --exclude=./.git .
}

# PostgreSQL refuses to run as root.  Go on as somebody else: in a user
# namespace, in which root looks like another user but all files stay root's,
# or, where the kernel does not give us one (most containers), with a copy of
# the tree that belongs to that user; its results are brought back.
#
# Runs the calling script again and exits, unless the caller is not root.
leave_root()
{
	[ "$(id -u)" = 0 ] || return 0
	user=nobody
	if id postgres > /dev/null 2>&1; then
		user=postgres
	fi
	group=$(id -gn $user)

	# What is missing was installed by root.
	export GRADUAL_READY=1
	if unshare --map-user=$user --map-group=$group true 2> /dev/null; then
		exec unshare --map-user=$user --map-group=$group "$script" "$@"
	fi

	copy=$(mktemp -d /tmp/pg_gradual.XXXXXX)
	trap 'rm -rf "$copy"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	pack_source | tar -C "$copy" -x --no-same-owner
	chown -R $user:$group "$copy"
	status=0
	# setpriv keeps the environment, needs no PAM and no login shell.
	(
		cd "$copy"
		unset BUILD
		export HOME="$copy"
		exec setpriv --reuid $user --regid $group --clear-groups \
			"$copy/${script#"$src"/}" "$@"
	) || status=$?
	if [ -d "$copy/build" ]; then
		mkdir -p "$src/build"
		tar -C "$copy/build" -c --exclude=root . |
			tar -C "$src/build" -x --no-same-owner
	fi
	exit $status
}

# Where this run builds: a directory a major, or what the user says.
set_build_dir()
{
	major=$(pg_config_major "$PG_CONFIG")
	build=${BUILD:-$src/build/$major${SANITIZE:+-sanitize}}
	mkdir -p "$build"
	build=$(cd "$build" && pwd)
}

# One run at a time in a build directory; the lock is let go with the process
# that holds it, and servers that it starts do not inherit it.
lock_build_dir()
{
	[ "${GRADUAL_LOCKED:-}" = "$build" ] && return
	export GRADUAL_LOCKED="$build"
	exec flock -o "$build/lock" "$script" "$@"
}

# make in the build directory of one flavour, with the arguments given.  With
# GRADUAL_TIMEOUT (seconds) a test that hangs does not hang its caller.
make_flavour()
{
	flavour=$1
	shift
	mkdir -p "$build/$flavour"
	${GRADUAL_TIMEOUT:+timeout -k 30 "$GRADUAL_TIMEOUT"} make -s -C "$build/$flavour" -f "$src/Makefile" VPATH="$src" with_llvm=no "$@"
}

# A private copy of the installation for one flavour.  It is made anew only if
# the installation changed, since the copy takes most of a short run's time.
copy_installation()
{
	root=$build/$1/root
	private_pg_config=$root$("$PG_CONFIG" --bindir)/pg_config
	id="$PG_CONFIG $("$PG_CONFIG" --version) $(ls -lL --time-style=full-iso "$("$PG_CONFIG" --bindir)/postgres")"
	if [ "$(cat "$root/copied" 2> /dev/null)" != "$id" ]; then
		rm -rf "$root"
		mkdir -p "$root"
		# Flag S: targets of symbolic links must stay what they are.
		tar -cP --exclude=bitcode \
			"$("$PG_CONFIG" --bindir)" "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)" |
			tar -xP --transform="s|^|$root|S"
		echo "$id" > "$root/copied"
	fi
}

# The server's own code is as it was built; the library of the sanitizers has to
# be there before anything else, so a script stands in for the executable.
# Leaks are what memory contexts are for; what is freed is kept from use for a
# while, but not until the caches of the processor are too small for it.
sanitize_server()
{
	server=$root$("$PG_CONFIG" --bindir)/postgres
	[ -e "$server.real" ] || mv "$server" "$server.real"
	cat > "$server" <<- SCRIPT
		#!/bin/bash
		export LD_PRELOAD="$(${CC:-gcc} -print-file-name=libasan.so) $(${CC:-gcc} -print-file-name=libubsan.so)"
		export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0:quarantine_size_mb=16:malloc_context_size=4
		export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
		exec -a "\$0" "$server.real" "\$@"
	SCRIPT
	chmod +x "$server"
}

# A short directory for sockets and small temporary files, whose paths may not
# be longer than about 100 characters; removed at exit, whatever happens.
make_socket_dir()
{
	sockets=$(mktemp -d /tmp/pgg.XXXXXX)
	export TMPDIR="$sockets"
}
