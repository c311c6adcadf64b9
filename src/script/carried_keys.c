/*
 * carried_keys.c
 *	  The foreign keys between columns that get another type.
 *
 * Both ends may get one, in statements far apart, so the keys are put together at
 * the end of the script, from the real tables and from the clones.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/ident.h"
#include "base/spi.h"
#include "script/bridge.h"
#include "script/carried_keys.h"
#include "script/catalog.h"
#include "script/key_mark.h"
#include "script/lookup.h"

/* Of the tables in a list of OIDs; what stands after the columns is put together. */
static List *
key_rows(const char *oids)
{
	int			level = gradual_lookup_pin_path();
	List	   *rows;

	rows = gradual_spi_rows(psprintf("SELECT k.conrelid, k.confrelid, k.conname, k.convalidated, k.oid,"
									 " ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (n, o) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o),"
									 " ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (n, o) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.o),"
									 " ARRAY(SELECT a.attname::text FROM unnest(k.confdelsetcols) WITH ORDINALITY u (n, o) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.o),"
									 " CASE k.confmatchtype WHEN 'f' THEN ' MATCH FULL' ELSE '' END"
									 "  || CASE k.confupdtype WHEN 'a' THEN '' ELSE ' ON UPDATE ' || CASE k.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'RESTRICT' END END,"
									 " CASE k.confdeltype WHEN 'a' THEN '' ELSE ' ON DELETE ' || CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'RESTRICT' END END,"
									 " CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END,"
									 " pg_get_constraintdef(k.oid) ~ ' NOT ENFORCED| PERIOD '"
									 " FROM pg_constraint k"
									 " WHERE k.contype = 'f' AND k.conparentid = 0 AND ARRAY[k.conrelid, k.confrelid] && ARRAY[%s]::oid[]"
									 " ORDER BY k.conname, k.oid", oids), NULL);
	AtEOXact_GUC(true, level);
	return rows;
}

/* The script's tables whose columns get another type, real or cloned: '16384, 16390'. */
static char *
carried_tables(GradualRehearsal *rehearsal, bool clones)
{
	StringInfoData oids;
	ListCell   *lc;

	initStringInfo(&oids);
	foreach(lc, rehearsal->script->tables)
	{
		GradualTable *table = lfirst(lc);

		if (table->carried != NULL)
			appendStringInfo(&oids, "%s%u", oids.len > 0 ? ", " : "",
							 clones ? table->clone : table->oid);
	}
	return oids.data;
}

/* Of the real table, or of a clone in its stead; NULL: of nothing. */
static GradualTable *
table_of_key(GradualRehearsal *rehearsal, Oid oid, bool clones)
{
	GradualRelation *relation = clones ? gradual_lookup_of_clone(rehearsal, oid) :
	gradual_lookup_real(rehearsal, oid);

	return relation == NULL ? NULL : relation->table;
}

static List *
originals(const GradualTable *table, List *columns, bool clones)
{
	return clones ? gradual_bridge_originals(table, columns) : columns;
}

/* Of a partitioned table a foreign key can be NOT VALID only from 18 on. */
static void
look_at_parts(GradualCarriedKey *key)
{
	bool		from_partitions = key->table->relkind == RELKIND_PARTITIONED_TABLE;
	bool		to_partitions = key->referenced->relkind == RELKIND_PARTITIONED_TABLE;

	key->partitioned = from_partitions || to_partitions;
	key->has_parts = to_partitions && !GRADUAL_HAS_PARTITIONED_NOT_VALID;
	if (from_partitions && !GRADUAL_HAS_PARTITIONED_NOT_VALID)
		key->leaves = gradual_catalog_leaves(key->table->oid);
}

static GradualCarriedKey *
read_key(GradualRehearsal *rehearsal, const GradualRow *row, bool clones)
{
	GradualCarriedKey *key = palloc0(sizeof(GradualCarriedKey));

	key->table = table_of_key(rehearsal, gradual_row_oid(row, 1), clones);
	key->referenced = table_of_key(rehearsal, gradual_row_oid(row, 2), clones);
	key->created = clones;
	key->name = gradual_row_text(row, 3);
	key->interim = gradual_ident_beside(key->name);
	key->valid = gradual_row_bool(row, 4, true);
	key->columns = originals(key->table, gradual_row_text_list(row, 6), clones);
	key->referenced_columns = originals(key->referenced, gradual_row_text_list(row, 7), clones);
	key->delete_columns = originals(key->table, gradual_row_text_list(row, 8), clones);
	key->before_delete = gradual_row_text(row, 9);
	key->on_delete = gradual_row_text(row, 10);
	key->after_delete = gradual_row_text(row, 11);
	key->impossible = gradual_row_bool(row, 12, false);
	if (key->table != NULL && key->referenced != NULL)
		look_at_parts(key);
	if (key->table != NULL && key->referenced != NULL)
		rehearsal->script->carried_keys = lappend(rehearsal->script->carried_keys, key);
	return key;
}

/* Is it noted already?  A table has it once. */
static bool
is_noted(GradualRehearsal *rehearsal, const GradualTable *table, const char *name)
{
	ListCell   *lc;

	foreach(lc, rehearsal->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if (key->table == table && strcmp(key->name, name) == 0)
			return true;
	}
	return false;
}

/* Keys that the script has added so far: those to come find the new types. */
static void
note_added_keys(GradualRehearsal *rehearsal)
{
	ListCell   *lc;

	foreach(lc, key_rows(carried_tables(rehearsal, true)))
	{
		GradualTable *table = table_of_key(rehearsal, gradual_row_oid(lfirst(lc), 1), true);

		if (table != NULL && !is_noted(rehearsal, table, gradual_row_text(lfirst(lc), 3)))
			(void) read_key(rehearsal, lfirst(lc), true);
	}
}

static bool
is_there(GradualRehearsal *rehearsal, const GradualRow *row)
{
	return gradual_carried_key_is_there(rehearsal, gradual_row_oid(row, 1),
										gradual_row_text(row, 3));
}


/* A foreign key that was there when a type changed. */
typedef struct MetKey
{
	Oid			oid;
	char	   *name;			/* then */
	bool		valid;			/* the script had validated it by then */
} MetKey;

static const MetKey *
find_met(const GradualRehearsal *rehearsal, const GradualRow *row)
{
	ListCell   *lc;

	foreach(lc, rehearsal->met_keys)
	{
		MetKey	   *met = lfirst(lc);

		if (met->oid == gradual_row_oid(row, 5))
			return met;
	}
	return NULL;
}

/* What the script has made of it so far: new names and VALIDATE are for what stands in for it. */
static void
note_stand_in(GradualRehearsal *rehearsal, const GradualRow *row, MetKey *met)
{
	GradualRelation *relation = gradual_lookup_real(rehearsal, gradual_row_oid(row, 1));
	Oid			oid = OidIsValid(relation->clone) ?
	gradual_key_mark_find(relation->clone, met->oid) : InvalidOid;
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));

	met->valid = false;
	if (!HeapTupleIsValid(tuple))
		return;
	met->name = pstrdup(NameStr(((Form_pg_constraint) GETSTRUCT(tuple))->conname));
	met->valid = ((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;
	ReleaseSysCache(tuple);
}

/*
 * Whoever renames it after the first type has changed waits for the swap, and
 * what goes on before names it as it was then.
 */
static void
note_met_keys(GradualRehearsal *rehearsal)
{
	ListCell   *lc;

	foreach(lc, key_rows(carried_tables(rehearsal, false)))
	{
		MetKey	   *met;

		if (!is_there(rehearsal, lfirst(lc)) || find_met(rehearsal, lfirst(lc)) != NULL)
			continue;
		met = palloc(sizeof(MetKey));
		met->oid = gradual_row_oid(lfirst(lc), 5);
		met->name = gradual_row_text(lfirst(lc), 3);
		note_stand_in(rehearsal, lfirst(lc), met);
		rehearsal->met_keys = lappend(rehearsal->met_keys, met);
	}
}

void
gradual_carried_keys_note(GradualRehearsal *rehearsal)
{
	note_added_keys(rehearsal);
	note_met_keys(rehearsal);
}

/* Does the script drop it by the name that it has by then? */
static bool
is_dropped_by_name(GradualRehearsal *rehearsal, const GradualRow *row)
{
	const GradualTable *table = table_of_key(rehearsal, gradual_row_oid(row, 1), false);
	const char *name = gradual_row_text(row, 3);
	ListCell   *lc,
			   *ls;

	foreach(ls, rehearsal->script->statements)
	{
		foreach(lc, ((GradualStatement *) lfirst(ls))->commands)
		{
			GradualCommand *command = lfirst(lc);
			RenameStmt *rename = (RenameStmt *) command->node;
			AlterTableCmd *cmd = (AlterTableCmd *) command->node;

			if (command->table != table)
				continue;
			if (IsA(rename, RenameStmt) && rename->renameType == OBJECT_TABCONSTRAINT &&
				strcmp(rename->subname, name) == 0)
				name = rename->newname;
			if (IsA(cmd, AlterTableCmd) && cmd->subtype == AT_DropConstraint &&
				strcmp(cmd->name, name) == 0)
				return true;
		}
	}
	return false;
}

/*
 * Did it go with a column after a type had changed?  Then it still is there in
 * the swap, and the old column cannot go.  What is dropped by its name goes sooner.
 */
static bool
goes_with_column(GradualRehearsal *rehearsal, const GradualRow *row)
{
	return find_met(rehearsal, row) != NULL && !is_dropped_by_name(rehearsal, row);
}

/* One that is there before the script. */
static void
read_real_key(GradualRehearsal *rehearsal, const GradualRow *row)
{
	const MetKey *met = find_met(rehearsal, row);
	bool		goes = !is_there(rehearsal, row);
	GradualCarriedKey *key;

	if (goes && !goes_with_column(rehearsal, row))
		return;
	key = read_key(rehearsal, row, false);
	key->goes = goes;
	if (met != NULL)
	{
		key->name = met->name;
		key->interim = gradual_ident_beside(key->name);
		key->valid |= met->valid;
	}
}

/* Before 18 a partition cannot refer to partitions with a key that is NOT VALID, and give it to its parent. */
static bool
to_partitions(const GradualCarriedKey *key)
{
	return key->referenced->relkind == RELKIND_PARTITIONED_TABLE;
}

/* 'a, _gradual_b': columns with their shadows, which are noted, in their places. */
static char *
shadow_names(const GradualTable *table, List *columns, List **shadows)
{
	StringInfoData names;
	ListCell   *lc,
			   *lr;

	initStringInfo(&names);
	foreach(lc, columns)
	{
		char	   *name = lfirst(lc);

		foreach(lr, table == NULL || table->carried == NULL ? NIL : table->carried->retypes)
		{
			GradualRetype *retype = lfirst(lr);

			if (strcmp(retype->original, lfirst(lc)) == 0)
			{
				name = retype->shadow;
				*shadows = lappend(*shadows, name);
			}
		}
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", quote_identifier(name));
	}
	return names.data;
}

/*
 * Does the script add it after the type of one of its columns has changed?  Then
 * it does so after the swap of that column, and nothing is to be made beside.
 */
static bool
is_added_after(GradualRehearsal *rehearsal, GradualCarriedKey *key)
{
	int			statement = key->created ?
	gradual_bridge_adding(rehearsal, key->table, key->name) : 0;
	bool		before = false;
	bool		after = false;

	if (statement == 0)
		return false;
	gradual_bridge_order(key->table, key->shadows, statement, &before, &after);
	gradual_bridge_order(key->referenced, key->referenced_shadows, statement, &before, &after);
	key->impossible |= before && after;
	return before && !after;
}

/* With the shadows in the places of their columns; false: it has none. */
static bool
finish_key(GradualRehearsal *rehearsal, GradualCarriedKey *key)
{
	List	   *none = NIL;
	char	   *names = shadow_names(key->table, key->columns, &key->shadows);
	char	   *referenced = shadow_names(key->referenced, key->referenced_columns,
										  &key->referenced_shadows);

	if (key->referenced_shadows == NIL && (key->shadows == NIL || key->goes))
		return false;
	if (is_added_after(rehearsal, key))
		return false;
	if (key->impossible || (key->leaves != NIL && to_partitions(key)))
		gradual_script_refuse(rehearsal->statement, "ALTER COLUMN TYPE",
							  psprintf("Foreign key \"%s\" on %s is of a kind that cannot be made beside it.",
									   key->name, key->table->qualified),
							  "Drop it before in the script, and add it again after.");
	if (key->delete_columns != NIL)
		key->on_delete = psprintf("%s (%s)", key->on_delete,
								  shadow_names(key->table, key->delete_columns, &none));
	key->definition = psprintf("FOREIGN KEY (%s) REFERENCES %s(%s)%s%s%s", names,
							   key->referenced->qualified, referenced, key->before_delete,
							   key->on_delete, key->after_delete);
	return true;
}

void
gradual_carried_keys_gather(GradualRehearsal *rehearsal)
{
	char	   *oids = carried_tables(rehearsal, false);
	List	   *kept = NIL;
	ListCell   *lc;

	if (oids[0] == '\0')
		return;
	foreach(lc, key_rows(oids))
		read_real_key(rehearsal, lfirst(lc));
	foreach(lc, rehearsal->script->carried_keys)
	{
		if (finish_key(rehearsal, lfirst(lc)))
			kept = lappend(kept, lfirst(lc));
	}
	rehearsal->script->carried_keys = kept;
}

/* On a clone a CHECK stands in for it. */
bool
gradual_carried_key_is_there(GradualRehearsal *rehearsal, Oid table, const char *constraint)
{
	GradualRelation *relation = gradual_lookup_real(rehearsal, table);

	if (!OidIsValid(relation->clone))
		return !relation->gone;
	return OidIsValid(gradual_key_mark_find(relation->clone,
											get_relation_constraint_oid(table, constraint, true)));
}
