/*
 * clone.c
 *	  Structural clones in pg_temp.
 *
 * A clone bears the name of its original where that is free, so that names
 * which PostgreSQL derives (indexes, constraints, sequences) come out as they
 * will.  What is left out: rows, triggers, policies, rules, statistics objects,
 * partitions, comments, grants: who needs those reads them off the original.
 *
 * If we crash here, PostgreSQL removes what a dead session left in pg_temp.
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/tablecmds.h"
#include "nodes/makefuncs.h"
#include "parser/parse_utilcmd.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/spi.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/follow_parent.h"
#include "script/key_mark.h"
#include "script/lookup.h"
#include "script/row_functions.h"
#include "script/whole_row.h"

static void clone_table(GradualRehearsal *rehearsal, GradualRelation *relation);
static void copy_settings(GradualRehearsal *rehearsal, const GradualRelation *relation);
static void alter_unproved(GradualRehearsal *rehearsal, const GradualRelation *relation, bool adds);
static void clone_indexes(GradualRehearsal *rehearsal, GradualRelation *relation);
static void clone_index(GradualRehearsal *rehearsal, GradualRelation *table,
						Oid index, const AttrMap *columns);
static char *null_tests(HeapTuple constraint);
static void stand_in_for_foreign_keys(GradualRehearsal *rehearsal, GradualRelation *relation);
static void clone_view(GradualRehearsal *rehearsal, GradualRelation *relation);
static void clone_sequence(GradualRehearsal *rehearsal, GradualRelation *relation);

void
gradual_clone_ensure(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	if (OidIsValid(relation->clone))
		return;
	if (GRADUAL_IS_INDEX(relation->relkind))
	{
		/* its clone comes with the table's */
		gradual_clone_ensure(rehearsal,
							 gradual_lookup_real(rehearsal, relation->table->oid));
		return;
	}

	/* the script creates it, and is about to */
	if (!OidIsValid(relation->oid))
		return;

	relation->clone_name = gradual_lookup_free(rehearsal, relation->name);
	switch (relation->relkind)
	{
		case RELKIND_VIEW:
			clone_view(rehearsal, relation);
			break;
		case RELKIND_SEQUENCE:
			clone_sequence(rehearsal, relation);
			break;
		default:
			clone_table(rehearsal, relation);
			break;
	}
}

GradualRelation *
gradual_clone_altered(GradualRehearsal *rehearsal, const RangeVar *name, bool missing_ok)
{
	GradualRelation *relation = gradual_lookup_find(rehearsal, name, missing_ok);

	if (relation == NULL)
	{
		rehearsal->command->noop = true;
		return NULL;
	}
	gradual_lookup_check_owner(relation);
	gradual_clone_ensure(rehearsal, relation);
	rehearsal->command->table = relation->table;
	return relation;
}

GradualRelation *
gradual_clone_find(GradualRehearsal *rehearsal, const RangeVar *name, bool missing_ok)
{
	GradualRelation *relation = gradual_lookup_find(rehearsal, name, missing_ok);

	if (relation != NULL && OidIsValid(relation->oid) &&
		gradual_follow_parent_has(rehearsal, relation->oid))
		gradual_clone_ensure(rehearsal, relation);
	return relation;
}

RangeVar *
gradual_clone_name(const GradualRelation *relation)
{
	return makeRangeVar(pstrdup(GRADUAL_CLONE_SCHEMA), pstrdup(relation->clone_name), -1);
}

RangeVar *
gradual_clone_twin(GradualRehearsal *rehearsal, GradualRelation *view)
{
	char	   *name = gradual_lookup_free(rehearsal, view->name);
	char	   *original = OidIsValid(view->clone) ?
	quote_qualified_identifier(GRADUAL_CLONE_SCHEMA, view->clone_name) :
	gradual_lookup_qualified(view);

	gradual_clone_run_text(rehearsal,
						   psprintf("CREATE TEMPORARY TABLE pg_temp.%s (LIKE %s)",
									quote_identifier(name), original));
	rehearsal->twins = lappend_oid(rehearsal->twins,
								   get_relname_relid(name, rehearsal->temp));
	return makeRangeVar(pstrdup(GRADUAL_CLONE_SCHEMA), name, -1);
}

void
gradual_clone_created(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	relation->clone = get_relname_relid(relation->clone_name, rehearsal->temp);
	if (!OidIsValid(relation->clone))
		elog(ERROR, "clone \"%s\" was not created", relation->clone_name);
	if (relation->table != NULL && !GRADUAL_IS_INDEX(relation->relkind))
		relation->table->clone = relation->clone;
}

/* InvalidOid: that of a foreign key is at its other end, and others have none. */
static Oid
own_index(Oid constraint)
{
	Oid			index = get_constraint_index(constraint);

	return OidIsValid(index) && get_index_constraint(index) == constraint ? index : InvalidOid;
}

void
gradual_clone_name_constraint(GradualRehearsal *rehearsal, const GradualRelation *relation,
							  Oid constraint, const char *name)
{
	char	   *before = get_constraint_name(constraint);
	Oid			index = own_index(constraint);

	if (!OidIsValid(index) && strcmp(before, name) != 0)
		gradual_clone_run_text(rehearsal,
							   psprintf("ALTER TABLE pg_temp.%s RENAME CONSTRAINT %s TO %s",
										quote_identifier(relation->clone_name),
										quote_identifier(before), quote_identifier(name)));
	if (!OidIsValid(index))
		return;

	/* with an index the server renames its constraint too */
	if (strcmp(get_rel_name(index), name) != 0)
		RenameRelationInternal(index, gradual_lookup_free(rehearsal, name), true, true);
	CommandCounterIncrement();
	if (strcmp(get_constraint_name(constraint), name) != 0)
		RenameConstraintById(constraint, name);
	CommandCounterIncrement();
}

void
gradual_clone_rename_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
							const char *from, const char *to)
{
	gradual_clone_run_text(rehearsal,
						   psprintf("ALTER TABLE pg_temp.%s RENAME COLUMN %s TO %s",
									quote_identifier(relation->clone_name),
									quote_identifier(from), quote_identifier(to)));
}

static const char *
partitioning(GradualRelation *relation)
{
	Datum		key;

	if (relation->relkind != RELKIND_PARTITIONED_TABLE)
		return "";
	key = DirectFunctionCall1(pg_get_partkeydef, ObjectIdGetDatum(relation->oid));
	return psprintf(" PARTITION BY %s", TextDatumGetCString(key));
}

/* A clone has none of its original's partitions: for a sample one takes all rows. */
static void
make_partition(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	const char *bound = "DEFAULT";
	Relation	rel;

	if (relation->relkind != RELKIND_PARTITIONED_TABLE)
		return;
	rel = relation_open(relation->clone, NoLock);
	if (RelationGetPartitionKey(rel)->strategy == PARTITION_STRATEGY_HASH)
		bound = "FOR VALUES WITH (MODULUS 1, REMAINDER 0)";
	relation_close(rel, NoLock);
	gradual_clone_run_text(rehearsal,
						   psprintf("CREATE TEMPORARY TABLE pg_temp.\"_gradual_sample_%u\" PARTITION OF pg_temp.%s %s",
									relation->clone, quote_identifier(relation->clone_name), bound));
}

/* A table of the script that the relation is a child or partition of; or NULL. */
static const char *
find_above(const GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, has_superclass(relation->oid) ? rehearsal->relations : NIL)
	{
		GradualRelation *other = lfirst(lc);

		if (other != relation && OidIsValid(other->clone) && OidIsValid(other->oid) &&
			(other->relkind == RELKIND_RELATION || other->relkind == RELKIND_PARTITIONED_TABLE) &&
			list_member_oid(find_all_inheritors(other->oid, NoLock, NULL), relation->oid))
			return gradual_lookup_qualified(other);
	}
	return NULL;
}

static void
clone_table(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	int			level = gradual_lookup_pin_path();
	const char *above = find_above(rehearsal, relation);
	char	   *sql;
	char	   *column;

	if (above != NULL)
		rehearsal->context.above = above;
	gradual_whole_row_refuse(rehearsal, relation);
	sql = psprintf("CREATE TEMPORARY TABLE pg_temp.%s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
				   " INCLUDING GENERATED INCLUDING IDENTITY INCLUDING STORAGE INCLUDING COMPRESSION)%s",
				   quote_identifier(relation->clone_name),
				   quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation->oid)),
											  get_rel_name(relation->oid)),
				   partitioning(relation));
	AtEOXact_GUC(true, level);

	gradual_clone_run_text(rehearsal, sql);
	gradual_clone_created(rehearsal, relation);
	column = gradual_row_functions_follow(relation->oid, relation->clone);
	if (column != NULL)
		rehearsal->context.row_column = column;
	copy_settings(rehearsal, relation);
	alter_unproved(rehearsal, relation, false);
	clone_indexes(rehearsal, relation);
	stand_in_for_foreign_keys(rehearsal, relation);
	if (rehearsal->sample != NULL)
	{
		make_partition(rehearsal, relation);
		gradual_sample_load(rehearsal->sample, relation->oid, relation->clone);
	}
	alter_unproved(rehearsal, relation, true);
	gradual_follow_parent(rehearsal, relation);
}

/* What LIKE does not copy of columns, and a new type has to keep. */
static void
copy_settings(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, gradual_catalog_analyzed(relation->oid, NULL))
	{
		GradualRow *row = lfirst(lc);

		gradual_clone_run_text(rehearsal, psprintf("ALTER TABLE pg_temp.%s ALTER COLUMN %s SET %s",
												   quote_identifier(relation->clone_name),
												   quote_identifier(gradual_row_text(row, 1)),
												   gradual_row_text(row, 2)));
	}
}

/* Constraints of the original that its rows may violate, and those of the clone may not. */
static bool
is_unproved(Form_pg_constraint constraint)
{
	return !constraint->convalidated && gradual_compat_is_enforced(constraint) &&
		(constraint->contype == GRADUAL_CONSTRAINT_NOT_NULL ||
		 constraint->contype == CONSTRAINT_CHECK);
}

/*
 * LIKE makes them valid.  Keys and identity columns could then rely on a NOT NULL,
 * which from 18 on may not be so; what takes the place of a CHECK would be valid; and
 * the sample could not have the rows that a script repairs.
 */
static void
alter_unproved(GradualRehearsal *rehearsal, const GradualRelation *relation, bool adds)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, gradual_catalog_constraints(relation->oid))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));
		int			level;

		if (!is_unproved(constraint))
			continue;
		level = gradual_lookup_pin_path();
		appendStringInfo(&sql, "ALTER TABLE pg_temp.%s %s CONSTRAINT %s %s;",
						 quote_identifier(relation->clone_name), adds ? "ADD" : "DROP",
						 quote_identifier(NameStr(constraint->conname)), !adds ? "" :
						 TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
																 ObjectIdGetDatum(constraint->oid))));
		AtEOXact_GUC(true, level);
	}
	gradual_clone_run_text(rehearsal, sql.data);
}

static void
clone_indexes(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	Relation	real = relation_open(relation->oid, NoLock);
	Relation	clone = relation_open(relation->clone, NoLock);
	AttrMap    *columns;
	ListCell   *lc;

	columns = build_attrmap_by_name(RelationGetDescr(clone), RelationGetDescr(real), false);
	relation_close(clone, NoLock);
	foreach(lc, RelationGetIndexList(real))
		clone_index(rehearsal, relation, lfirst_oid(lc), columns);
	relation_close(real, NoLock);
}

/*
 * Under its own name and not the one that LIKE would choose: later statements
 * name it, and the key that it serves.
 */
static void
clone_index(GradualRehearsal *rehearsal, GradualRelation *table, Oid index,
			const AttrMap *columns)
{
	Relation	rel = index_open(index, AccessShareLock);
	GradualRelation *relation;
	IndexStmt  *statement;

	statement = generateClonedIndexStmt(gradual_clone_name(table), rel, columns, NULL);
	index_close(rel, NoLock);

	relation = gradual_lookup_real(rehearsal, index);
	relation->clone_name = gradual_lookup_free(rehearsal, relation->name);
	statement->idxname = relation->clone_name;
	statement->idxcomment = NULL;
	statement->tableSpace = NULL;

	rehearsal->context.own_text = true;
	gradual_clone_run(rehearsal, (Node *) statement);
	rehearsal->context.own_text = false;
	gradual_clone_created(rehearsal, relation);
	if (statement->isconstraint)
		gradual_clone_name_constraint(rehearsal, table, get_index_constraint(relation->clone),
									  get_constraint_name(get_index_constraint(index)));
	relation->clone_name = get_rel_name(relation->clone);
}

/* Of the columns of a foreign key, 'a IS NULL OR b IS NULL OR ': it goes with them. */
static char *
null_tests(HeapTuple constraint)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, gradual_catalog_constraint_columns(constraint))
		appendStringInfo(&sql, "%s IS NULL OR ", quote_identifier(lfirst(lc)));
	return sql.data;
}

/*
 * A real foreign key would lock the referenced table against writes.  All that
 * later statements can do with it is to name it, and to drop its columns.  Partitions
 * have it, too, but not tables that merely inherit.
 */
static void
stand_in_for_foreign_keys(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, gradual_catalog_constraints(relation->oid))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));

		if (constraint->contype == CONSTRAINT_FOREIGN)
			appendStringInfo(&sql, "ALTER TABLE pg_temp.%s ADD CONSTRAINT %s CHECK (%s%s)%s NOT VALID;",
							 quote_identifier(relation->clone_name),
							 quote_identifier(NameStr(constraint->conname)),
							 null_tests(lfirst(lc)), gradual_key_mark_condition(constraint->oid),
							 relation->relkind == RELKIND_PARTITIONED_TABLE ? "" : " NO INHERIT");
	}
	gradual_clone_run_text(rehearsal, sql.data);
}

/* The text of a view that is there reads the originals. */
static void
run_view(GradualRehearsal *rehearsal, const char *sql)
{
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *one = lfirst(lc);

		gradual_row_functions_follow(one->clone, one->oid);
	}
	gradual_clone_run_text(rehearsal, sql);
	foreach(lc, rehearsal->relations)
	{
		GradualRelation *one = lfirst(lc);

		gradual_row_functions_follow(one->oid, one->clone);
	}
}

static void
clone_view(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	int			level = gradual_lookup_pin_path();
	Datum		definition = DirectFunctionCall1(pg_get_viewdef,
												 ObjectIdGetDatum(relation->oid));

	AtEOXact_GUC(true, level);
	run_view(rehearsal, psprintf("CREATE TEMPORARY VIEW pg_temp.%s AS %s",
								 quote_identifier(relation->clone_name),
								 TextDatumGetCString(definition)));
	gradual_clone_created(rehearsal, relation);
	gradual_row_functions_follow(relation->oid, relation->clone);
}

static void
clone_sequence(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	char	   *type;
	char	   *options = gradual_catalog_sequence_options(relation->oid, &type);

	gradual_clone_run_text(rehearsal,
						   psprintf("CREATE TEMPORARY SEQUENCE pg_temp.%s AS %s %s",
									quote_identifier(relation->clone_name), type, options));
	gradual_clone_created(rehearsal, relation);
}

bool
gradual_clone_has_children(const GradualRelation *relation)
{
	return relation->relkind == RELKIND_RELATION &&
		find_inheritance_children(relation->clone, NoLock) != NIL;
}
