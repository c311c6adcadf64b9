/*
 * blocker.c
 *	  Who stands in our way: holders of conflicting table locks, and of the MVCC
 *	  horizon, in words that every reader of the ledger may see.
 *
 * A plain role is not shown the state of other sessions, so the words are
 * looked up as the extension's owner.  They name the process, its role, what it
 * does in the server's own terms, and for how long: never a query text, which
 * pg_stat_activity hides from strangers for a reason.
 *
 * All looks are fuzzy: whoever was seen may be gone a moment later.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/backend_status.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/spi.h"

/* The processes and prepared transactions that hold a lock */
typedef struct Holders
{
	Datum	   *pids;
	int			npids;
	Datum	   *xids;
	int			nxids;
} Holders;

/* One row: pid, role, state, gid, seconds */
static const char *const blocker_query =
"SELECT pid, role, state, gid, extract(epoch FROM pg_catalog.clock_timestamp() - since)::float8"
" FROM (SELECT pid, coalesce(usename::text, backend_type) AS role, state, NULL AS gid, xact_start AS since"
"         FROM pg_catalog.pg_stat_activity WHERE pid = ANY ($1)"
"       UNION ALL"
"       SELECT 0, owner::text, NULL, gid, prepared"
"         FROM pg_catalog.pg_prepared_xacts WHERE transaction::text = ANY ($2)) holder"
" ORDER BY since LIMIT 1";

/*
 * The same columns, and the slot's name; $1 = our pid, $2 = age in ms.
 *
 * A session holds the horizon by its xid or its snapshot, whichever is older;
 * parallel workers do so for their leader, and VACUUM is not counted by the
 * server.  Nobody knows since when a slot, or a standby without a slot, holds
 * it: those are named only if they are older than all sessions.
 */
static const char *const horizon_query =
"WITH holder AS ("
"  SELECT pid, coalesce(usename::text, backend_type) AS role, state, NULL AS gid, NULL AS slot,"
"         extract(epoch FROM pg_catalog.clock_timestamp() - xact_start)::float8 AS seconds,"
"         greatest(pg_catalog.age(backend_xid), pg_catalog.age(backend_xmin)) AS xids"
"    FROM pg_catalog.pg_stat_activity a"
"   WHERE datname = pg_catalog.current_database() AND pid <> $1"
"     AND leader_pid IS DISTINCT FROM $1 AND backend_type <> 'walsender'"
"     AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)"
"     AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.pid = a.pid)"
"  UNION ALL"
"  SELECT 0, owner::text, NULL, gid, NULL,"
"         extract(epoch FROM pg_catalog.clock_timestamp() - prepared)::float8,"
"         pg_catalog.age(transaction)"
"    FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()"
"  UNION ALL"
"  SELECT pid, usename::text, 'standby feedback', NULL, NULL, NULL, pg_catalog.age(backend_xmin)"
"    FROM pg_catalog.pg_stat_activity"
"   WHERE backend_type = 'walsender' AND backend_xmin IS NOT NULL AND pid <> $1"
"  UNION ALL"
"  SELECT 0, NULL, NULL, NULL, slot_name::text, NULL, pg_catalog.age(xmin)"
"    FROM pg_catalog.pg_replication_slots WHERE xmin IS NOT NULL)"
" SELECT pid, role, state, gid, seconds, slot FROM holder"
"  WHERE seconds * 1000 >= $2"
"     OR seconds IS NULL AND xids > coalesce((SELECT max(xids) FROM holder WHERE seconds IS NOT NULL), 0)"
"  ORDER BY xids DESC, seconds DESC NULLS LAST LIMIT 1";

static bool find_holders(Oid relid, LOCKMODE mode, Holders *holders);
static void add_holder(Holders *holders, VirtualTransactionId vxid);
static bool gives_way(const PGPROC *proc);
static GradualBlocker *describe_blocker(const Holders *holders);
static GradualRow *look(const char *sql, GradualArgs *args);
static char *describe(const GradualRow *row);
static void add_word(StringInfo words, int bare, const char *word);
static char *age_in_words(double seconds);

/* --- table locks --- */

GradualBlocker *
gradual_lock_blocker(Oid relid, LOCKMODE mode)
{
	Holders		holders;

	if (!find_holders(relid, mode, &holders))
		return NULL;
	return describe_blocker(&holders);
}

/* The lock table's own answer, which leaves out locks of this process */
static bool
find_holders(Oid relid, LOCKMODE mode, Holders *holders)
{
	VirtualTransactionId *vxids;
	LOCKTAG		tag;
	int			count;

	SET_LOCKTAG_RELATION(tag, IsSharedRelation(relid) ? InvalidOid : MyDatabaseId,
						 relid);
	vxids = GetLockConflicts(&tag, mode, &count);
	if (count == 0)
		return false;

	holders->pids = palloc(sizeof(Datum) * count);
	holders->npids = 0;
	holders->xids = palloc(sizeof(Datum) * count);
	holders->nxids = 0;
	for (int i = 0; i < count; i++)
		add_holder(holders, vxids[i]);
	return holders->npids + holders->nxids > 0;
}

/*
 * A prepared transaction keeps the virtual id of the process that prepared it,
 * which has gone on to other things; one that was recovered after a restart
 * has its real id there.
 */
static void
add_holder(Holders *holders, VirtualTransactionId vxid)
{
	PGPROC	   *proc = gradual_compat_vxid_proc(vxid);
	TransactionId xid;
	bool		have_more;

	if (proc != NULL)
	{
		if (proc->pid != 0 && !gives_way(proc))
			holders->pids[holders->npids++] = Int32GetDatum(proc->pid);
		return;
	}
	if (VirtualTransactionIdIsRecoveredPreparedXact(vxid))
		xid = vxid.localTransactionId;
	else
		xid = TwoPhaseGetXidByVirtualXID(vxid, &have_more);
	if (TransactionIdIsValid(xid))
		holders->xids[holders->nxids++] =
			CStringGetTextDatum(psprintf("%u", xid));
}

/* The deadlock check of a waiter cancels an ordinary autovacuum */
static bool
gives_way(const PGPROC *proc)
{
	return (proc->statusFlags & PROC_IS_AUTOVACUUM) != 0 &&
		(proc->statusFlags & PROC_VACUUM_FOR_WRAPAROUND) == 0;
}

static GradualBlocker *
describe_blocker(const Holders *holders)
{
	GradualBlocker *blocker = palloc0(sizeof(GradualBlocker));
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_add(&args, INT4ARRAYOID,
					 PointerGetDatum(construct_array_builtin(holders->pids,
															 holders->npids, INT4OID)), false);
	gradual_args_add(&args, TEXTARRAYOID,
					 PointerGetDatum(construct_array_builtin(holders->xids,
															 holders->nxids, TEXTOID)), false);
	row = look(blocker_query, &args);

	/* gone before we could ask who it was */
	if (row == NULL)
		return NULL;
	blocker->pid = gradual_row_int(row, 1, 0);
	blocker->age_ms = gradual_row_float(row, 5, 0) * 1000;
	blocker->description = describe(row);
	return blocker;
}

char *
gradual_lock_transaction(VirtualTransactionId vxid)
{
	Datum		pids[1];
	Datum		xids[1];
	Holders		holders = {pids, 0, xids, 0};
	GradualBlocker *blocker = NULL;

	add_holder(&holders, vxid);
	if (holders.npids + holders.nxids > 0)
		blocker = describe_blocker(&holders);
	return blocker == NULL ? NULL : blocker->description;
}

/* --- horizon --- */

char *
gradual_horizon_holder(int age_ms)
{
	GradualArgs args = {0};
	GradualRow *row;
	char	   *slot;

	gradual_args_int(&args, MyProcPid);
	gradual_args_int(&args, age_ms);
	row = look(horizon_query, &args);
	if (row == NULL)
		return NULL;
	slot = gradual_row_text(row, 6);
	if (slot != NULL)
		return psprintf("replication slot \"%s\"", slot);
	return describe(row);
}

/* --- words --- */

/* Run a query about others, who may have come since the last look */
static GradualRow *
look(const char *sql, GradualArgs *args)
{
	GradualIdentity saved;
	GradualRow *row;

	pgstat_clear_backend_activity_snapshot();
	gradual_identity_enter_extension(&saved);
	row = gradual_spi_row(sql, args);
	gradual_identity_leave(&saved);
	return row;
}

/* 'pid 4211 (app_rw, idle in transaction, 3 min)'; what is unknown is left out */
static char *
describe(const GradualRow *row)
{
	char	   *gid = gradual_row_text(row, 4);
	double		seconds = gradual_row_float(row, 5, -1);
	StringInfoData words;
	int			bare;

	initStringInfo(&words);
	if (gid != NULL)
		appendStringInfo(&words, "prepared transaction \"%s\"", gid);
	else
		appendStringInfo(&words, "pid %d", gradual_row_int(row, 1, 0));

	bare = words.len;
	add_word(&words, bare, gradual_row_text(row, 2));
	add_word(&words, bare, gradual_row_text(row, 3));
	add_word(&words, bare, seconds < 0 ? NULL : age_in_words(seconds));
	if (words.len > bare)
		appendStringInfoChar(&words, ')');
	return words.data;
}

static void
add_word(StringInfo words, int bare, const char *word)
{
	if (word != NULL)
		appendStringInfo(words, "%s%s", words->len == bare ? " (" : ", ", word);
}

static char *
age_in_words(double seconds)
{
	int64		age = (int64) seconds;

	if (age < 2 * SECS_PER_MINUTE)
		return psprintf(INT64_FORMAT " s", age);
	if (age < 2 * SECS_PER_HOUR)
		return psprintf(INT64_FORMAT " min", age / SECS_PER_MINUTE);
	if (age < 2 * SECS_PER_DAY)
		return psprintf(INT64_FORMAT " h", age / SECS_PER_HOUR);
	return psprintf(INT64_FORMAT " days", age / SECS_PER_DAY);
}
