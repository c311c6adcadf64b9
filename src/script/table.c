/*
 * table.c
 *	  Facts about the tables of a script.
 *
 * Sizes are those of all leaves: what a statement on the root goes through.
 * A table counts as empty when no row is visible now.  Rows of transactions in
 * flight are not seen, and need not be: plain DDL waits for those to end.
 */
#include "postgres.h"

#include <math.h>

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "executor/tuptable.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/ident.h"
#include "script/table.h"

/* above it a scan for a first row could take long; below it takes milliseconds */
#define LOOK_FOR_ROWS_BELOW 1000

static List *columns_of(Relation rel);
static void measure(GradualTable *table);
static bool has_triggers(Relation rel);
static bool has_own_index(Relation rel);
static bool has_row(Oid leaf);

GradualTable *
gradual_table_real(GradualScript *script, Oid oid)
{
	GradualTable *table = palloc0(sizeof(GradualTable));
	Relation	rel = relation_open(oid, AccessShareLock);

	table->oid = oid;
	table->qualified = gradual_ident_qualified(oid);
	table->name = pstrdup(RelationGetRelationName(rel));
	table->row = gradual_ident_row(rel);
	table->relkind = rel->rd_rel->relkind;
	table->unlogged = rel->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED;
	table->is_partition = rel->rd_rel->relispartition;
	table->columns = columns_of(rel);
	relation_close(rel, NoLock);
	measure(table);
	script->tables = lappend(script->tables, table);
	return table;
}

GradualTable *
gradual_table_created(GradualScript *script, char *qualified, const char *name, char relkind)
{
	GradualTable *table = palloc0(sizeof(GradualTable));

	table->qualified = qualified;
	table->name = pstrdup(name);
	table->relkind = relkind;
	table->created = true;
	table->empty = true;
	script->tables = lappend(script->tables, table);
	return table;
}

static void
note_above(GradualScript *script, GradualTable *table)
{
	List	   *family = find_all_inheritors(table->oid, AccessShareLock, NULL);
	ListCell   *lc;

	foreach(lc, script->tables)
	{
		GradualTable *other = lfirst(lc);

		if (other == table || !OidIsValid(other->oid) || !list_member_oid(family, other->oid))
			continue;
		other->above = lappend(other->above, table);
		other->inherits_not_null = other->is_partition || GRADUAL_INHERITS_NOT_NULL;
	}
}

void
gradual_table_relate(GradualScript *script)
{
	ListCell   *lc;

	foreach(lc, script->tables)
	{
		GradualTable *table = lfirst(lc);

		if (OidIsValid(table->oid) &&
			(table->has_children || table->relkind == RELKIND_PARTITIONED_TABLE))
			note_above(script, table);
	}
}

/* Of a small table that was never analyzed the planner takes more pages than it has. */
static double
estimate_rows(Relation rel, BlockNumber pages)
{
	BlockNumber expected = 0;
	double		rows = 0;
	double		all_visible;

	if (pages == 0)
		return 0;
	estimate_rel_size(rel, NULL, &expected, &rows, &all_visible);
	return rows / Max(expected, 1) * pages;
}

static void
measure(GradualTable *table)
{
	List	   *family = find_all_inheritors(table->oid, AccessShareLock, NULL);
	List	   *leaves = NIL;
	ListCell   *lc;

	table->has_children = table->relkind == RELKIND_RELATION && list_length(family) > 1;
	foreach(lc, family)
	{
		Relation	rel = relation_open(lfirst_oid(lc), NoLock);

		table->has_triggers |= has_triggers(rel);
		table->own_indexes |= rel->rd_rel->relispartition && lfirst_oid(lc) != table->oid &&
			has_own_index(rel);
		if (RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind))
		{
			BlockNumber pages = RelationGetNumberOfBlocks(rel);

			leaves = lappend_oid(leaves, RelationGetRelid(rel));
			table->pages += pages;
			table->rows += estimate_rows(rel, pages);
			if (rel->rd_rel->relam != HEAP_TABLE_AM_OID)
				table->alien = gradual_ident_qualified(RelationGetRelid(rel));
		}
		else if (rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
			table->foreign = table->alien = gradual_ident_qualified(RelationGetRelid(rel));
		relation_close(rel, NoLock);
	}

	/* a view, or what is kept elsewhere: not known to be empty */
	if (table->relkind == RELKIND_VIEW || table->foreign != NULL)
		return;
	table->empty = table->pages <= LOOK_FOR_ROWS_BELOW;
	foreach(lc, leaves)
	{
		if (!table->empty)
			break;
		table->empty = !has_row(lfirst_oid(lc));
	}
	table->rows = rint(table->rows);
}

static List *
columns_of(Relation rel)
{
	List	   *columns = NIL;

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(rel), i);

		if (!column->attisdropped)
			columns = lappend(columns, pstrdup(NameStr(column->attname)));
	}
	return columns;
}

static bool
has_triggers(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (!trigger->tgisinternal && TRIGGER_FOR_UPDATE(trigger->tgtype))
			return true;
	}
	return false;
}

static bool
has_own_index(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;

	foreach(lc, indexes)
	{
		if (!get_rel_relispartition(lfirst_oid(lc)))
			return true;
	}
	return false;
}

/*
 * Not counted in the table's statistics: those tell whether the application
 * still uses it.
 */
static bool
has_row(Oid leaf)
{
	Relation	rel = table_open(leaf, NoLock);
	struct PgStat_TableStatus *counted = rel->pgstat_info;
	bool		enabled = rel->pgstat_enabled;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;
	bool		found = false;

	rel->pgstat_info = NULL;
	rel->pgstat_enabled = false;
	if (RelationGetNumberOfBlocks(rel) > 0)
	{
		snapshot = RegisterSnapshot(GetLatestSnapshot());
		slot = table_slot_create(rel, NULL);
		scan = table_beginscan(rel, snapshot, 0, NULL);
		found = table_scan_getnextslot(scan, ForwardScanDirection, slot);
		table_endscan(scan);
		ExecDropSingleTupleTableSlot(slot);
		UnregisterSnapshot(snapshot);
	}
	rel->pgstat_info = counted;
	rel->pgstat_enabled = enabled;
	table_close(rel, NoLock);
	return found;
}
