/*
 * ledger.c
 *	  Migrations: finding, defining and forgetting them, and the settings that
 *	  come with define, start and alter.
 *
 * Nothing here changes a status but define; see transition.c and claim.c.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "base/errors.h"
#include "base/spi.h"
#include "ledger/event.h"
#include "ledger/ledger.h"
#include "ledger/own.h"

#define MAX_NAME_BYTES 500		/* keeps the payload of NOTIFY below its limit */

/* In the order of read_migration(). */
#define MIGRATION_COLUMNS \
	"id, name, tracked, owner::oid, script, search_path, reverse::text, depends_on, tables," \
	" waits_its_turn, quarantine, max_errors, batch_size, batch_time, workers, lock_wait," \
	" lock_patience, direct_pages, allow_blocking, nice, own_batch_time, own_nice," \
	" status, phase, goal, auto_complete, force, foreground, session_role::oid, incarnation," \
	" worker_pid, vanished, activity, error, restart, fell_back," \
	" coalesce(started_at, created_at), updated_at, settings"

#define BY_NAME "SELECT " MIGRATION_COLUMNS " FROM gradual.migration WHERE name = $1"

static GradualMigration *find(const char *name, bool for_update);
static GradualMigration *read_migration(const GradualRow *row);
static void read_settings(GradualMigration *migration, const GradualRow *row, int column);
static void read_state(GradualMigration *migration, const GradualRow *row, int column);
static void check_name(const char *name);
static int32 insert_definition(GradualArgs *args);
static void replace_definition(int32 id, GradualArgs *args);
static void add_role(GradualArgs *args, Oid role);

GradualMigration *
gradual_ledger_find(const char *name, bool for_update, bool missing_ok)
{
	GradualMigration *migration = find(name, for_update);

	if (migration == NULL && for_update && missing_ok)
	{
		gradual_own_lock(name);
		migration = find(name, for_update);
	}
	if (migration == NULL && !missing_ok)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNKNOWN),
				 errmsg("migration \"%s\" does not exist", name),
				 errhint("TABLE gradual.ledger; lists the migrations.")));
	return migration;
}

static GradualMigration *
find(const char *name, bool for_update)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_text(&args, name);
	row = gradual_own_row(for_update ? BY_NAME " FOR NO KEY UPDATE" : BY_NAME, &args);
	return row ? read_migration(row) : NULL;
}

GradualMigration *
gradual_ledger_get(int32 id)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, id);
	row = gradual_own_row("SELECT " MIGRATION_COLUMNS " FROM gradual.migration WHERE id = $1",
						  &args);
	return row ? read_migration(row) : NULL;
}

static GradualMigration *
read_migration(const GradualRow *row)
{
	GradualMigration *migration = palloc0(sizeof(GradualMigration));

	migration->id = gradual_row_int(row, 1, 0);
	migration->name = gradual_row_text(row, 2);
	migration->tracked = gradual_row_bool(row, 3, false);
	migration->owner = gradual_row_oid(row, 4);
	migration->script = gradual_row_text(row, 5);
	migration->search_path = gradual_row_text(row, 6);
	migration->reverse = gradual_row_text(row, 7);
	migration->depends_on = gradual_row_text_list(row, 8);
	migration->tables = gradual_row_text_list(row, 9);
	migration->waits_its_turn = gradual_row_bool(row, 10, false);
	read_settings(migration, row, 11);
	read_state(migration, row, 23);
	return migration;
}

static void
read_settings(GradualMigration *migration, const GradualRow *row, int column)
{
	migration->quarantine = gradual_row_bool(row, column++, false);
	migration->max_errors = gradual_row_bigint(row, column++, 0);
	migration->batch_size = gradual_row_int(row, column++, 0);
	migration->batch_time = gradual_row_float(row, column++, 0);
	migration->workers = gradual_row_int(row, column++, 1);
	migration->lock_wait = gradual_row_int(row, column++, 0);
	migration->lock_patience = gradual_row_int(row, column++, 0);
	migration->direct_pages = gradual_row_int(row, column++, 0);
	migration->allow_blocking = gradual_row_bool(row, column++, false);
	migration->nice = gradual_row_float(row, column++, 0);
	migration->own_batch_time = gradual_row_float(row, column++, -1);
	migration->own_nice = gradual_row_float(row, column++, -1);
}

static void
read_state(GradualMigration *migration, const GradualRow *row, int column)
{
	migration->status = gradual_status_parse(gradual_row_text(row, column++));
	migration->phase = gradual_phase_parse(gradual_row_text(row, column++));
	migration->goal = gradual_goal_parse(gradual_row_text(row, column++));
	migration->auto_complete = gradual_row_bool(row, column++, false);
	migration->force = gradual_row_bool(row, column++, false);
	migration->foreground = gradual_row_bool(row, column++, false);
	migration->session_role = gradual_row_oid(row, column++);
	migration->incarnation = gradual_row_bigint(row, column++, 0);
	migration->worker_pid = gradual_row_int(row, column++, 0);
	migration->vanished = gradual_row_int(row, column++, 0);
	migration->activity = gradual_row_text(row, column++);
	migration->error = gradual_row_text(row, column++);
	migration->restart = gradual_row_bool(row, column++, false);
	migration->fell_back = gradual_row_bool(row, column++, false);
	migration->started_at = DatumGetTimestampTz(row->values[column++ - 1]);
	migration->updated_at = DatumGetTimestampTz(row->values[column++ - 1]);
	migration->settings = gradual_row_text_list(row, column);
}

bool
gradual_ledger_glance(int32 id, GradualGlance *glance)
{
	static GradualSaved saved = {
		"SELECT status, goal, incarnation, updated_at FROM gradual.migration WHERE id = $1",
		NULL
	};
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, id);
	row = gradual_own_saved(&saved, &args);
	if (row == NULL)
		return false;
	glance->status = gradual_status_parse(gradual_row_text(row, 1));
	glance->goal = gradual_goal_parse(gradual_row_text(row, 2));
	glance->incarnation = gradual_row_bigint(row, 3, 0);
	glance->changed = DatumGetTimestampTz(row->values[3]);
	return true;
}

List *
gradual_ledger_unfinished(void)
{
	GradualArgs args = {0};
	List	   *ids = NIL;
	ListCell   *lc;

	gradual_args_bigint(&args, (int64) GetSystemIdentifier());
	gradual_args_oid(&args, OIDOID, MyDatabaseId);
	foreach(lc, gradual_own_rows("SELECT id FROM gradual.migration"
								 " WHERE status IN ('queued', 'running')"
								 " AND NOT tracked AND NOT foreground"
								 " AND system_identifier = $1 AND database = $2"
								 " ORDER BY started_at, id", &args))
		ids = lappend_int(ids, gradual_row_int(lfirst(lc), 1, 0));
	return ids;
}

int32
gradual_ledger_define(const GradualMigration *migration)
{
	GradualArgs args = {0};
	int32		id = migration->id;

	check_name(migration->name);
	gradual_args_text(&args, migration->name);
	gradual_args_bool(&args, migration->tracked);
	add_role(&args, migration->owner);
	gradual_args_text(&args, migration->script ? migration->script : "");
	gradual_args_text(&args, migration->search_path ? migration->search_path : "");
	gradual_args_text(&args, migration->reverse ? migration->reverse : "{}");
	gradual_args_text_list(&args, migration->depends_on);
	gradual_args_text_list(&args, migration->tables);
	gradual_args_bool(&args, migration->waits_its_turn);
	gradual_args_bool(&args, migration->quarantine);
	gradual_args_bigint(&args, migration->max_errors);
	gradual_args_int(&args, migration->workers);
	gradual_args_int(&args, migration->batch_size);
	gradual_args_float(&args, migration->own_batch_time);
	gradual_args_bigint(&args, (int64) GetSystemIdentifier());
	gradual_args_oid(&args, OIDOID, MyDatabaseId);
	gradual_args_text_list(&args, migration->settings);

	if (id == 0)
		id = insert_definition(&args);
	else
		replace_definition(id, &args);
	gradual_ledger_event(migration->name, "define", 0, NULL);
	return id;
}

/*
 * The name is locked and was not found: who has it is younger than our snapshot.  ON
 * CONFLICT makes 40001 of that, where the caller would meet a constraint of ours.
 */
static int32
insert_definition(GradualArgs *args)
{
	GradualRow *row;

	row = gradual_own_row("INSERT INTO gradual.migration (name, tracked, owner, script,"
						  " search_path, reverse, depends_on, tables, waits_its_turn,"
						  " quarantine, max_errors, workers, batch_size, own_batch_time,"
						  " system_identifier, database, settings, status)"
						  " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, $12,"
						  " $13, $14, $15, $16, $17, 'defined')"
						  " ON CONFLICT (name) DO NOTHING RETURNING id", args);
	if (row == NULL)
		elog(ERROR, "migration was not inserted");
	return gradual_row_int(row, 1, 0);
}

static void
replace_definition(int32 id, GradualArgs *args)
{
	gradual_args_int(args, id);
	if (gradual_own_run("UPDATE gradual.migration SET tracked = $2, owner = $3, script = $4,"
						" search_path = $5, reverse = $6::jsonb, depends_on = $7, tables = $8,"
						" waits_its_turn = $9, quarantine = $10, max_errors = $11,"
						" workers = $12, batch_size = $13, own_batch_time = $14, own_nice = -1,"
						" system_identifier = $15, database = $16, settings = $17, status = 'defined',"
						" phase = NULL, goal = 'ready', auto_complete = false, force = false,"
						" foreground = false, restart = false, fell_back = false, activity = NULL, error = NULL, vanished = 0,"
						" user_code_step = 0, user_code_at = NULL, tracked_processed = 0,"
						" started_at = NULL, completed_at = NULL,"
						" updated_at = pg_catalog.clock_timestamp()"
						" WHERE id = $18 AND name = $1", args) != 1)
		elog(ERROR, "migration %d is not in the ledger", id);
	gradual_ledger_delete_parts(id);
}

void
gradual_ledger_delete_parts(int32 id)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_own_run("DELETE FROM gradual.migration_step WHERE migration = $1", &args);
	gradual_own_run("DELETE FROM gradual.migration_cursor WHERE migration = $1", &args);
	gradual_own_run("DELETE FROM gradual.migration_refused WHERE migration = $1", &args);
	gradual_own_run("DELETE FROM gradual.migration_reindexed WHERE migration = $1", &args);
	gradual_own_run("DELETE FROM gradual.migration_quarantined WHERE migration = $1", &args);
}

static void
check_name(const char *name)
{
	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of a migration must not be empty")));
	if (strlen(name) > MAX_NAME_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("the name of a migration is too long"),
				 errdetail("It has %zu bytes; at most %d are allowed.",
						   strlen(name), MAX_NAME_BYTES)));
}

void
gradual_ledger_store_start(const GradualMigration *migration)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration->id);
	gradual_args_int(&args, migration->batch_size);
	gradual_args_float(&args, migration->batch_time);
	gradual_args_int(&args, migration->workers);
	gradual_args_int(&args, migration->lock_wait);
	gradual_args_int(&args, migration->lock_patience);
	gradual_args_int(&args, migration->direct_pages);
	gradual_args_bool(&args, migration->allow_blocking);
	gradual_args_float(&args, migration->nice);
	gradual_args_text(&args, gradual_goal_name(migration->goal));
	gradual_args_bool(&args, migration->auto_complete);
	gradual_args_bool(&args, migration->force);
	gradual_args_bool(&args, migration->foreground);
	add_role(&args, migration->session_role);
	gradual_args_text_list(&args, migration->tables);
	gradual_args_bool(&args, migration->waits_its_turn);
	gradual_args_bigint(&args, (int64) GetSystemIdentifier());
	gradual_args_oid(&args, OIDOID, MyDatabaseId);
	gradual_args_bool(&args, migration->restart);
	gradual_args_text_list(&args, migration->settings);
	gradual_own_run("UPDATE gradual.migration SET batch_size = $2, batch_time = $3,"
					" workers = $4, lock_wait = $5, lock_patience = $6, direct_pages = $7,"
					" allow_blocking = $8, nice = $9, goal = $10, auto_complete = $11,"
					" force = $12, foreground = $13, session_role = $14, tables = $15,"
					" waits_its_turn = $16, system_identifier = $17, database = $18,"
					" restart = $19, settings = $20,"
					" updated_at = pg_catalog.clock_timestamp() WHERE id = $1", &args);
}

void
gradual_ledger_store_settings(const GradualMigration *migration)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration->id);
	gradual_args_int(&args, migration->batch_size);
	gradual_args_float(&args, migration->batch_time);
	gradual_args_int(&args, migration->workers);
	gradual_args_float(&args, migration->nice);
	gradual_args_float(&args, migration->own_batch_time);
	gradual_args_float(&args, migration->own_nice);
	gradual_own_run("UPDATE gradual.migration SET batch_size = $2, batch_time = $3,"
					" workers = $4, nice = $5, own_batch_time = $6, own_nice = $7,"
					" updated_at = pg_catalog.clock_timestamp() WHERE id = $1", &args);
}

void
gradual_ledger_set_foreground(int32 id, bool foreground)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_bool(&args, foreground);
	gradual_own_run("UPDATE gradual.migration SET foreground = $2,"
					" updated_at = pg_catalog.clock_timestamp() WHERE id = $1", &args);
}

void
gradual_ledger_set_session_role(int32 id, Oid role)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	add_role(&args, role);
	gradual_own_run("UPDATE gradual.migration SET session_role = $2 WHERE id = $1", &args);
}

void
gradual_ledger_forget(int32 id)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, id);
	row = gradual_own_row("SELECT name FROM gradual.migration WHERE id = $1 FOR UPDATE", &args);
	if (row == NULL)
		return;
	gradual_ledger_event(gradual_row_text(row, 1), "forget", 0, NULL);
	gradual_ledger_delete_parts(id);
	gradual_own_run("DELETE FROM gradual.migration WHERE id = $1", &args);
}

void
gradual_ledger_track_progress(int32 id, int64 processed)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_bigint(&args, processed);
	gradual_own_run("UPDATE gradual.migration"
					" SET tracked_processed = tracked_processed + $2,"
					" updated_at = pg_catalog.clock_timestamp() WHERE id = $1", &args);
}

/* As an oid: regrole's input would look the name of a role up. */
static void
add_role(GradualArgs *args, Oid role)
{
	gradual_args_add(args, OIDOID, ObjectIdGetDatum(role), !OidIsValid(role));
}
