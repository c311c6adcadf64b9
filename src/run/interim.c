/*
 * interim.c
 *	  What of ours stands on users' tables for a while, and goes with the
 *	  extension.
 *
 * A sync trigger depends on its function, and so on the extension: DROP EXTENSION
 * is refused, and with CASCADE takes it along.  An interim CHECK constraint must
 * go with it.  It proves that a column is not NULL, and without the trigger
 * nobody fills that for an application which does not know the column.  So it is
 * made to depend on the extension, too; one that has got the name under which it
 * stays is let go.
 *
 * If we crash here nothing is left: all of it belongs to the step's transaction.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "base/errors.h"
#include "base/ident.h"
#include "base/spi.h"
#include "ledger/migration.h"
#include "ledger/own.h"
#include "run/interim.h"

List *
gradual_interim_tables(List *steps)
{
	List	   *tables = NIL;
	ListCell   *lc,
			   *name;

	foreach(lc, steps)
	{
		foreach(name, ((GradualStep *) lfirst(lc))->lock_tables)
		{
			Oid			relid = gradual_ident_find(lfirst(name));

			if (OidIsValid(relid))
				tables = list_concat_unique_oid(tables, find_all_inheritors(relid, NoLock, NULL));
		}
	}
	return tables;
}

static void
tie_constraint(Form_pg_constraint constraint, Oid extension)
{
	ObjectAddress depender;
	ObjectAddress referenced;

	if (constraint->contype != CONSTRAINT_CHECK)
		return;
	(void) deleteDependencyRecordsForSpecific(ConstraintRelationId, constraint->oid,
											  DEPENDENCY_NORMAL, ExtensionRelationId, extension);
	if (!gradual_ident_is_interim(NameStr(constraint->conname)))
		return;
	ObjectAddressSet(depender, ConstraintRelationId, constraint->oid);
	ObjectAddressSet(referenced, ExtensionRelationId, extension);
	recordDependencyOn(&depender, &referenced, DEPENDENCY_NORMAL);
}

void
gradual_interim_tie(List *tables)
{
	Oid			extension = get_extension_oid("pg_gradual", true);
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	ListCell   *lc;

	foreach(lc, tables)
	{
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(lfirst_oid(lc)));
		scan = systable_beginscan(constraints, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
			tie_constraint((Form_pg_constraint) GETSTRUCT(tuple), extension);
		systable_endscan(scan);
	}
	table_close(constraints, AccessShareLock);
}

/* On a table that has another name than those of the migration */
static bool
trigger_is_elsewhere(const GradualMigration *migration)
{
	GradualArgs args = {0};

	gradual_args_text(&args, psprintf("^[!~]_gradual_%d(_|$)", migration->id));
	gradual_args_text_list(&args, migration->tables);
	return gradual_own_row("SELECT FROM pg_catalog.pg_trigger t"
						   " JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
						   " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
						   " WHERE t.tgname ~ $1 AND t.tgparentid = 0"
						   " AND pg_catalog.format('%I.%I', n.nspname, c.relname) <> ALL ($2)"
						   " LIMIT 1", &args) != NULL;
}

bool
gradual_interim_table_is_gone(GradualRun *run, List *tables)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		if (!OidIsValid(gradual_ident_find(lfirst(lc))))
			return !trigger_is_elsewhere(run->migration);
	}
	return false;
}

bool
gradual_interim_goes_with_table(GradualRun *run, const GradualStep *step, char *table)
{
	static const char *const heads[] = {"DROP TRIGGER IF EXISTS ", "ALTER TABLE IF EXISTS "};
	ListCell   *lc;

	if (OidIsValid(gradual_ident_find(table)))
		return false;
	foreach(lc, step->commands)
	{
		if (strncmp(lfirst(lc), heads[0], strlen(heads[0])) != 0 &&
			strncmp(lfirst(lc), heads[1], strlen(heads[1])) != 0)
			return false;
	}
	return gradual_interim_table_is_gone(run, list_make1(table));
}

static bool
has_made_trigger(const GradualRun *run, const char *trigger, const char *table)
{
	char	   *creation = gradual_ident_sync_creation(trigger, table);
	ListCell   *lc,
			   *command;

	foreach(lc, run->steps)
	{
		const GradualStep *step = lfirst(lc);

		foreach(command, step->status == GRADUAL_STEP_DONE ? step->commands : NIL)
		{
			if (strstr(lfirst(command), creation) != NULL)
				return true;
		}
	}
	return false;
}

/*
 * The table that has the trigger instead of this one, which may be gone; NULL = none
 * has.  Where it is there, not a child of it.
 */
static char *
table_with_trigger(const GradualMigration *migration, const char *trigger, Oid table)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_text(&args, trigger);
	gradual_args_text_list(&args, migration->tables);
	gradual_args_oid(&args, OIDOID, table);
	row = gradual_own_row("SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
						  " FROM pg_catalog.pg_trigger t"
						  " JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
						  " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
						  " WHERE t.tgname = $1::pg_catalog.name AND t.tgparentid = 0"
						  " AND pg_catalog.format('%I.%I', n.nspname, c.relname) <> ALL ($2)"
						  " AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger o WHERE o.tgrelid = $3 AND o.tgname = t.tgname)"
						  " AND ($3 = 0 OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.tgrelid))"
						  " ORDER BY 1 LIMIT 1", &args);
	return row == NULL ? NULL : gradual_row_text(row, 1);
}

/* Raises if a table of the migration has another name by now, a partition too. */
static void
require_known(GradualRun *run, const char *trigger)
{
	ListCell   *lc;

	foreach(lc, run->migration->tables)
	{
		char	   *elsewhere;

		if (OidIsValid(gradual_ident_find(lfirst(lc))) || !has_made_trigger(run, trigger, lfirst(lc)))
			continue;
		elsewhere = table_with_trigger(run->migration, trigger, InvalidOid);
		if (elsewhere != NULL)
			ereport(ERROR,
					(errcode(GRADUAL_ERRCODE_BLOCKED),
					 errmsg("table %s has another name by now", (char *) lfirst(lc)),
					 errdetail("The table with its sync trigger is %s.", elsewhere),
					 errhint("Give it its name back; or DROP TRIGGER %s ON %s, and roll the migration back.",
							 quote_identifier(trigger), elsewhere)));
	}
}

void
gradual_interim_require_in_place(GradualRun *run, List *tables)
{
	char	   *trigger = gradual_ident_sync_trigger(run->id);
	ListCell   *lc;

	if (gradual_is_swapped(run->steps))
		return;					/* the swap itself gives tables other names */
	require_known(run, trigger);
	foreach(lc, tables)
	{
		Oid			table = gradual_ident_find(lfirst(lc));
		char	   *elsewhere;

		if (!OidIsValid(table) || !has_made_trigger(run, trigger, lfirst(lc)))
			continue;
		elsewhere = table_with_trigger(run->migration, trigger, table);
		if (elsewhere != NULL)
			ereport(ERROR,
					(errcode(GRADUAL_ERRCODE_BLOCKED),
					 errmsg("another table has the name %s by now", (char *) lfirst(lc)),
					 errdetail("The table of the migration, with its sync trigger, is %s.", elsewhere),
					 errhint("Give it its name back; or DROP TRIGGER %s ON %s, and roll the migration back.",
							 quote_identifier(trigger), elsewhere)));
	}
}
