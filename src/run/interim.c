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
gradual_interim_table_is_gone(GradualRun *run, const GradualStep *step)
{
	ListCell   *lc;

	foreach(lc, step->lock_tables)
	{
		if (!OidIsValid(gradual_ident_find(lfirst(lc))))
			return !trigger_is_elsewhere(run->migration);
	}
	return false;
}
