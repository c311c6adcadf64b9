/*
 * throttle.c
 *	  The signals that hold a backfill back between its batches: one row of the
 *	  table at the end for each, and one function that reads it.
 *
 * Invariants: a signal is read in a transaction that has nothing to lose; a
 * value that is not known is an error, never 'no reason'.  What the server says
 * is read as the owner of the extension, since it hides replicas, slots and
 * directories from a plain role.  The user's own query runs as the owner of the
 * migration.
 */
#include "postgres.h"

#include <sys/statvfs.h>

#include "access/xlog.h"
#include "fmgr.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "backfill/throttle.h"
#include "base/clock.h"
#include "base/guc.h"
#include "base/hours.h"
#include "base/identity.h"
#include "base/spi.h"
#include "ledger/own.h"

/* Who wrote too much so long ago is not held against it any more. */
#define WAL_WINDOW_S 60

/*
 * A standby that is named counts whatever it is.  Else those do that replay: a
 * consumer of logical changes confirms when it likes, and a backup never does.
 */
#define FROM_STANDBYS \
	" FROM pg_catalog.pg_stat_replication r WHERE CASE WHEN $1 <> '{}'" \
	"  THEN EXISTS (SELECT FROM pg_catalog.unnest($1) m" \
	"   WHERE pg_catalog.lower(m) = pg_catalog.lower(r.application_name))" \
	"  ELSE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots s" \
	"   WHERE s.active_pid = r.pid AND s.slot_type = 'logical') END"

static const char *const missing_query =
"SELECT n FROM pg_catalog.unnest($1) n WHERE NOT EXISTS (SELECT" FROM_STANDBYS
" AND r.replay_lsn IS NOT NULL AND pg_catalog.lower(r.application_name) = pg_catalog.lower(n)) LIMIT 1";

/* The time is that of the last answer, so it is old once all is replayed. */
static const char *const lag_query =
"SELECT r.application_name, extract(epoch FROM r.replay_lag)::pg_catalog.float8" FROM_STANDBYS
" AND r.replay_lsn < pg_catalog.pg_current_wal_lsn() ORDER BY r.replay_lag DESC NULLS LAST LIMIT 1";

static const char *const lag_bytes_query =
"SELECT r.application_name, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(),"
" r.replay_lsn)::pg_catalog.float8" FROM_STANDBYS
" ORDER BY 2 DESC NULLS LAST LIMIT 1";

static const char *const slot_query =
"SELECT slot_name, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::pg_catalog.float8"
" FROM pg_catalog.pg_replication_slots WHERE wal_status IS DISTINCT FROM 'lost'"
" ORDER BY 2 DESC NULLS LAST LIMIT 1";

/* Of the tables, of what hangs below them, and of their indexes. */
static const char *const tablespace_query =
"WITH RECURSIVE family (oid) AS ("
" SELECT pg_catalog.to_regclass(n)::pg_catalog.oid FROM pg_catalog.unnest($1) n"
" UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN family f ON i.inhparent = f.oid),"
" relation (oid) AS (SELECT oid FROM family"
" UNION SELECT i.indexrelid FROM pg_catalog.pg_index i JOIN family f ON i.indrelid = f.oid)"
" SELECT DISTINCT pg_catalog.pg_tablespace_location(CASE c.reltablespace WHEN 0 THEN d.dattablespace"
" ELSE c.reltablespace END) FROM pg_catalog.pg_class c JOIN relation USING (oid), pg_catalog.pg_database d"
" WHERE d.datname = pg_catalog.current_database()";

/* --- words --- */

/* '12 GB' */
static char *
bytes_in_words(double bytes)
{
	return text_to_cstring(DatumGetTextPP(DirectFunctionCall1(pg_size_pretty,
															  Int64GetDatum((int64) bytes))));
}

/* 'replica s1 12 s behind, gradual.max_replica_lag is 10s' */
static char *
beyond(const char *value, const char *setting)
{
	return psprintf("%s, %s is %s", value, setting,
					GetConfigOptionByName(setting, NULL, false));
}

/* --- what the server says --- */

static GradualArgs *
standbys(void)
{
	GradualArgs *args = palloc0(sizeof(GradualArgs));
	List	   *names = NIL;

	if (!SplitGUCList(pstrdup(gradual_throttle_standbys), ',', &names))
		elog(ERROR, "gradual.throttle_standbys is no list");
	gradual_args_text_list(args, names);
	return args;
}

/* Without it nobody knows how far it is. */
static void
require_standbys(GradualArgs *args)
{
	GradualRow *row = gradual_own_row(missing_query, args);

	if (row != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("standby %s of gradual.throttle_standbys is not connected",
						gradual_row_text(row, 1))));
}

static bool
lag_is_set(void)
{
	return gradual_max_replica_lag > 0;
}

static char *
read_lag(const GradualMigration *migration, GradualThrottle *throttle)
{
	GradualArgs *args = standbys();
	GradualRow *row;
	double		seconds;

	require_standbys(args);
	row = gradual_own_row(lag_query, args);
	seconds = row == NULL ? 0 : gradual_row_float(row, 2, 0);
	if (seconds * 1000 <= gradual_max_replica_lag)
		return NULL;
	return beyond(psprintf("replica %s %.0f s behind", gradual_row_text(row, 1), seconds),
				  "gradual.max_replica_lag");
}

static bool
lag_bytes_is_set(void)
{
	return gradual_max_replica_lag_bytes > 0;
}

static char *
read_lag_bytes(const GradualMigration *migration, GradualThrottle *throttle)
{
	GradualArgs *args = standbys();
	GradualRow *row;
	double		bytes;

	require_standbys(args);
	row = gradual_own_row(lag_bytes_query, args);
	bytes = row == NULL ? 0 : gradual_row_float(row, 2, 0);
	if (bytes <= gradual_max_replica_lag_bytes)
		return NULL;
	return beyond(psprintf("replica %s %s behind", gradual_row_text(row, 1),
						   bytes_in_words(bytes)),
				  "gradual.max_replica_lag_bytes");
}

static bool
slot_wal_is_set(void)
{
	return gradual_max_slot_wal > 0;
}

static char *
read_slot_wal(const GradualMigration *migration, GradualThrottle *throttle)
{
	GradualRow *row = gradual_own_row(slot_query, NULL);
	double		bytes = row == NULL ? 0 : gradual_row_float(row, 2, 0);

	if (bytes <= gradual_max_slot_wal)
		return NULL;
	return beyond(psprintf("replication slot %s keeps %s of WAL", gradual_row_text(row, 1),
						   bytes_in_words(bytes)),
				  "gradual.max_slot_wal");
}

/* --- WAL --- */

static bool
wal_rate_is_set(void)
{
	return gradual_max_wal_rate > 0;
}

/*
 * The mean since it last was low enough: a second of batches at full speed is
 * waited off until the server has written no more than it may on average.
 */
static char *
read_wal_rate(const GradualMigration *migration, GradualThrottle *throttle)
{
	XLogRecPtr	end = GetXLogInsertRecPtr();
	double		now = gradual_clock_ms();
	double		seconds = (now - throttle->wal_since) / 1000.0;
	double		rate = 0;

	if (throttle->wal_since != 0 && seconds > 0 && seconds < WAL_WINDOW_S)
		rate = (end - throttle->wal_from) / seconds;
	if (rate > gradual_max_wal_rate)
		return beyond(psprintf("%s of WAL a second over %.0f s", bytes_in_words(rate), seconds),
					  "gradual.max_wal_rate");
	throttle->wal_from = end;
	throttle->wal_since = now;
	return NULL;
}

/* --- disk --- */

static bool
disk_is_set(void)
{
	return gradual_min_free_disk > 0;
}

/* path: absolute, or from the data directory, where every backend works */
static char *
look_at_disk(const char *path, const char *name)
{
	struct statvfs disk;
	double		bytes;

	if (statvfs(path, &disk) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not look at the disk of %s: %m", name)));
	bytes = (double) disk.f_bavail * disk.f_frsize;
	if (bytes >= gradual_min_free_disk)
		return NULL;
	return beyond(psprintf("%s free in %s", bytes_in_words(bytes), name),
				  "gradual.min_free_disk");
}

static char *
read_disk(const GradualMigration *migration, GradualThrottle *throttle)
{
	GradualArgs args = {0};
	char	   *reason = look_at_disk(".", "the data directory");
	ListCell   *lc;

	if (reason == NULL)
		reason = look_at_disk("pg_wal", "pg_wal");
	if (reason != NULL)
		return reason;
	gradual_args_text_list(&args, migration->tables);
	foreach(lc, gradual_own_rows(tablespace_query, &args))
	{
		char	   *path = gradual_row_text(lfirst(lc), 1);

		/*
		 * the two tablespaces of the data directory have no place of their
		 * own
		 */
		if (reason == NULL && path != NULL && path[0] != '\0')
			reason = look_at_disk(path, "a tablespace of the table");
	}
	return reason;
}

/* --- hours --- */

static bool
hours_are_set(void)
{
	return gradual_allowed_hours && gradual_allowed_hours[0] != '\0';
}

static char *
read_hours(const GradualMigration *migration, GradualThrottle *throttle)
{
	pg_time_t	now = timestamptz_to_time_t(GetCurrentTimestamp());
	struct pg_tm *local = pg_localtime(&now, session_timezone);
	bool		included;

	if (local == NULL ||
		!gradual_hours_parse(gradual_allowed_hours, local->tm_hour * 60 + local->tm_min,
							 &included))
		elog(ERROR, "could not tell the time of day");
	return included ? NULL : beyond(psprintf("it is %02d:%02d", local->tm_hour, local->tm_min),
									"gradual.allowed_hours");
}

/* --- the user's own query --- */

static bool
query_is_set(void)
{
	return gradual_throttle_query && gradual_throttle_query[0] != '\0';
}

static GradualRow *
run_query(const GradualMigration *migration)
{
	GradualIdentity identity;
	GradualRow *row;

	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_transaction(migration->search_path, NIL);
	row = gradual_spi_row(gradual_throttle_query, NULL);
	gradual_identity_fire_deferred(&identity);
	gradual_identity_leave(&identity);
	return row;
}

static char *
read_query(const GradualMigration *migration, GradualThrottle *throttle)
{
	GradualRow *row = run_query(migration);

	if (row == NULL || row->ncolumns < 1)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA),
				 errmsg("it returns no row")));
	if (row->nulls[0])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("it returns NULL")));
	if (strcmp(gradual_row_text(row, 1), "true") == 0 ||
		strcmp(gradual_row_text(row, 1), "t") == 0)
		return pstrdup("throttle_query says wait");
	return NULL;
}

const GradualSignal gradual_signals[] = {
	{"gradual.allowed_hours", hours_are_set, read_hours},
	{"gradual.min_free_disk", disk_is_set, read_disk},
	{"gradual.max_slot_wal", slot_wal_is_set, read_slot_wal},
	{"gradual.max_wal_rate", wal_rate_is_set, read_wal_rate},
	{"gradual.max_replica_lag", lag_is_set, read_lag},
	{"gradual.max_replica_lag_bytes", lag_bytes_is_set, read_lag_bytes},
	{"gradual.throttle_query", query_is_set, read_query},
};

const int	gradual_signal_count = lengthof(gradual_signals);
