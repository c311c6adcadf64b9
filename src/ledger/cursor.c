/*
 * cursor.c
 *	  The cursors of backfills: one narrow row each, written in the transaction
 *	  of every batch.
 *
 * The row is found by the ctid of the version last written: by key each write
 * would walk all versions that a held horizon keeps, 50 times the cost after
 * 60,000 batches.  The ctid is only a shortcut: migration, step and incarnation
 * stand in the WHERE as well, and when it finds nothing (VACUUM FULL, an abort)
 * the key decides.
 *
 * If we crash here the cursor and its batch are lost or kept together.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/spi.h"
#include "ledger/cursor.h"
#include "ledger/own.h"

/* From this item on a page has versions that could go. */
#define CROWDED 16

#define SAVE \
	"UPDATE gradual.migration_cursor SET processed = $4, scanned = $5, total = $6," \
	" pages_done = $7, pages_total = $8, rate = $9, batch_size = $10, position = $11," \
	" done = $13, updated_at = pg_catalog.clock_timestamp()" \
	" WHERE migration = $1 AND step = $2 AND range = $12 AND incarnation = $3"

#define SELECT_CURSOR \
	"SELECT incarnation, processed, scanned, total, pages_done," \
	" pages_total, rate, batch_size, position, ctid, step, range, done, worker_pid" \
	" FROM gradual.migration_cursor WHERE migration = $1"

static void make_room(const GradualCursor *cursor);
static void add_cursor(GradualArgs *args, const GradualCursor *cursor);
static bool save(GradualSaved *saved, GradualArgs *args, GradualCursor *cursor);

static GradualCursor *
read_cursor(int32 migration, GradualRow *row)
{
	GradualCursor *cursor = palloc0(sizeof(GradualCursor));

	cursor->migration = migration;
	cursor->incarnation = gradual_row_bigint(row, 1, 0);
	cursor->processed = gradual_row_bigint(row, 2, 0);
	cursor->scanned = gradual_row_bigint(row, 3, 0);
	cursor->total = gradual_row_bigint(row, 4, 0);
	cursor->pages_done = gradual_row_bigint(row, 5, 0);
	cursor->pages_total = gradual_row_bigint(row, 6, 0);
	cursor->rate = gradual_row_float(row, 7, 0);
	cursor->batch_size = gradual_row_int(row, 8, 0);
	cursor->position = gradual_row_text(row, 9);
	ItemPointerCopy((ItemPointer) DatumGetPointer(row->values[9]), &cursor->tid);
	cursor->step = gradual_row_int(row, 11, 0);
	cursor->range = gradual_row_int(row, 12, 0);
	cursor->done = gradual_row_bool(row, 13, false);
	cursor->worker_pid = gradual_row_int(row, 14, 0);
	return cursor;
}

GradualCursor *
gradual_cursor_load(int32 migration, int step, int range)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_args_int(&args, range);
	row = gradual_own_row(SELECT_CURSOR " AND step = $2 AND range = $3", &args);
	return row == NULL ? NULL : read_cursor(migration, row);
}

List *
gradual_cursor_ranges(int32 migration, int step)
{
	GradualArgs args = {0};
	List	   *ranges = NIL;
	ListCell   *lc;

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	foreach(lc, gradual_own_rows(SELECT_CURSOR " AND step = $2 AND range > 0 ORDER BY range", &args))
		ranges = lappend(ranges, read_cursor(migration, lfirst(lc)));
	return ranges;
}

List *
gradual_cursor_claimed(int32 migration)
{
	GradualArgs args = {0};
	List	   *ranges = NIL;
	ListCell   *lc;

	gradual_args_int(&args, migration);
	foreach(lc, gradual_own_rows(SELECT_CURSOR " AND range > 0 AND NOT done"
								 " AND worker_pid <> 0 ORDER BY step, range", &args))
		ranges = lappend(ranges, read_cursor(migration, lfirst(lc)));
	return ranges;
}

int64
gradual_cursor_processed(int32 migration, int step)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	return gradual_row_bigint(gradual_own_row("SELECT pg_catalog.sum(processed)::bigint"
											  " FROM gradual.migration_cursor"
											  " WHERE migration = $1 AND step = $2", &args),
							  1, 0);
}

void
gradual_cursor_create(GradualCursor *cursor)
{
	GradualArgs args = {0};
	GradualRow *row;

	add_cursor(&args, cursor);
	gradual_args_text(&args, cursor->facts);
	row = gradual_own_row("INSERT INTO gradual.migration_cursor (migration, step, incarnation,"
						  " processed, scanned, total, pages_done, pages_total, rate,"
						  " batch_size, position, range, done, facts)"
						  " SELECT id, $2, incarnation, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14"
						  " FROM gradual.migration WHERE id = $1 AND incarnation = $3"
						  " FOR KEY SHARE RETURNING ctid", &args);
	if (row == NULL)
		gradual_own_fenced(cursor->migration);
	ItemPointerCopy((ItemPointer) DatumGetPointer(row->values[0]), &cursor->tid);
}

char *
gradual_cursor_facts(int32 migration, int step)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	row = gradual_own_row("SELECT facts FROM gradual.migration_cursor"
						  " WHERE migration = $1 AND step = $2 AND range = 0", &args);
	return row == NULL ? NULL : gradual_row_text(row, 1);
}

void
gradual_cursor_set_facts(GradualCursor *cursor, const char *facts)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, cursor->migration);
	gradual_args_int(&args, cursor->step);
	gradual_args_bigint(&args, cursor->incarnation);
	gradual_args_text(&args, facts);
	row = gradual_own_row("UPDATE gradual.migration_cursor SET facts = $4"
						  " WHERE migration = $1 AND step = $2 AND range = 0 AND incarnation = $3"
						  " RETURNING ctid", &args);
	if (row == NULL)
		gradual_own_fenced(cursor->migration);
	ItemPointerCopy((ItemPointer) DatumGetPointer(row->values[0]), &cursor->tid);
}

bool
gradual_cursor_save(GradualCursor *cursor)
{
	static GradualSaved by_tid = {SAVE " AND ctid = $14 RETURNING ctid", NULL};
	static GradualSaved by_key = {SAVE " RETURNING ctid", NULL};
	GradualArgs args = {0};

	add_cursor(&args, cursor);
	if (ItemPointerIsValid(&cursor->tid))
	{
		GradualArgs with_tid = args;

		make_room(cursor);
		gradual_args_add(&with_tid, TIDOID, PointerGetDatum(&cursor->tid), false);
		if (save(&by_tid, &with_tid, cursor))
			return true;
	}
	return save(&by_key, &args, cursor);
}

/*
 * Whoever reads a page by an index or a scan removes old versions from it, but
 * not who comes by ctid: without this the table would grow by a page for each
 * fifty batches, until the next VACUUM.
 */
static void
make_room(const GradualCursor *cursor)
{
	BlockNumber block = ItemPointerGetBlockNumber(&cursor->tid);
	Relation	rel;
	Buffer		buffer;

	if (ItemPointerGetOffsetNumber(&cursor->tid) < CROWDED)
		return;
	rel = table_open(get_relname_relid("migration_cursor",
									   get_namespace_oid("gradual", false)),
					 RowExclusiveLock);
	if (block < RelationGetNumberOfBlocks(rel))
	{
		buffer = ReadBuffer(rel, block);
		heap_page_prune_opt(rel, buffer);
		ReleaseBuffer(buffer);
	}
	table_close(rel, NoLock);
}

static bool
save(GradualSaved *saved, GradualArgs *args, GradualCursor *cursor)
{
	GradualRow *row = gradual_own_saved(saved, args);

	if (row == NULL)
		return false;
	ItemPointerCopy((ItemPointer) DatumGetPointer(row->values[0]), &cursor->tid);
	return true;
}

static void
add_cursor(GradualArgs *args, const GradualCursor *cursor)
{
	gradual_args_int(args, cursor->migration);
	gradual_args_int(args, cursor->step);
	gradual_args_bigint(args, cursor->incarnation);
	gradual_args_bigint(args, cursor->processed);
	gradual_args_bigint(args, cursor->scanned);
	gradual_args_bigint(args, cursor->total);
	gradual_args_bigint(args, cursor->pages_done);
	gradual_args_bigint(args, cursor->pages_total);
	gradual_args_float(args, cursor->rate);
	gradual_args_int(args, cursor->batch_size);
	gradual_args_text(args, cursor->position);
	gradual_args_int(args, cursor->range);
	gradual_args_bool(args, cursor->done);
}

bool
gradual_cursor_claim(int32 migration, int step, int range, int64 fence, int pid)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_args_int(&args, range);
	gradual_args_bigint(&args, fence);
	gradual_args_int(&args, pid);
	ForceSyncCommit();
	return gradual_own_run("UPDATE gradual.migration_cursor c"
						   " SET incarnation = c.incarnation + 1, worker_pid = $5"
						   " FROM (SELECT id FROM gradual.migration"
						   "  WHERE id = $1 AND ($4 < 0 OR incarnation = $4) FOR KEY SHARE) m"
						   " WHERE c.migration = m.id AND c.step = $2 AND c.range = $3"
						   " AND NOT c.done", &args) == 1;
}

void
gradual_cursor_remove_ranges(int32 migration, int step)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_own_run("DELETE FROM gradual.migration_cursor"
					" WHERE migration = $1 AND step = $2 AND range > 0", &args);
}

void
gradual_cursor_remove(int32 migration, int step)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, step);
	gradual_own_run("DELETE FROM gradual.migration_cursor WHERE migration = $1 AND step = $2",
					&args);
}
