/*
 * obstacle.c
 *	  Why a column can get no other type beside its old one.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/ident.h"
#include "base/spi.h"
#include "script/bridge.h"
#include "script/carried.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/facts.h"
#include "script/inherited.h"
#include "script/lookup.h"
#include "script/obstacle.h"

/* Does its column own it since an earlier statement?  One of the same name is known to the swap. */
static bool
is_new_sequence(GradualRehearsal *rehearsal, const GradualRetype *retype, Oid sequence)
{
	const GradualRelation *known = gradual_lookup_of_clone(rehearsal, sequence);

	return known != NULL && !OidIsValid(known->oid) &&
		(retype->sequence == NULL || strcmp(gradual_lookup_qualified(known), retype->sequence) != 0);
}

/* Has the script given a column of the real table a sequence? */
static bool
got_sequence(GradualRehearsal *rehearsal, const GradualRelation *relation,
			 const GradualRetype *retype)
{
	AttrNumber	number = get_attnum(relation->clone, retype->column);
	Oid			table;
	int32		column;
	ListCell   *lc;

	if (retype->original == NULL || get_attnum(relation->oid, retype->original) == InvalidAttrNumber)
		return false;
	foreach(lc, getOwnedSequences(relation->clone))
	{
		if (sequenceIsOwned(lfirst_oid(lc), DEPENDENCY_AUTO, &table, &column) && column == number)
			return true;
		if (sequenceIsOwned(lfirst_oid(lc), DEPENDENCY_INTERNAL, &table, &column) &&
			column == number && is_new_sequence(rehearsal, retype, lfirst_oid(lc)))
			return true;
	}
	return false;
}

/* For one more column beside those that the script adds?  Dropped ones keep their place. */
static bool
has_room(const GradualRelation *relation)
{
	Relation	rel;
	int			columns;

	if (!OidIsValid(relation->oid))
		return true;
	rel = relation_open(relation->oid, NoLock);
	columns = RelationGetNumberOfAttributes(rel) + list_length(relation->table->added) +
		list_length(relation->table->bridges);
	relation_close(rel, NoLock);
	return columns < MaxHeapAttributeNumber;
}

char *
gradual_obstacle_of_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
						   const GradualRetype *retype)
{
	GradualTable *table = relation->table;
	ListCell   *lc;

	if (retype->generated != '\0')
		return "it is a generated column";
	if (retype->expression == NULL)
		return "its USING needs more than the columns of a row";
	if (!has_room(relation))
		return "the table has as many columns as it can have, with those that were dropped";
	if (retype->shows_label)
		return "an earlier statement renames a label of an enum that it converts";
	if (got_sequence(rehearsal, relation, retype))
		return "an earlier statement gives the column a sequence";
	if (table->has_children || gradual_clone_has_children(relation))
		return "other tables inherit from the table";
	if (table->relkind != RELKIND_RELATION && table->relkind != RELKIND_PARTITIONED_TABLE)
		return "it is no plain table";
	if (table->alien != NULL)
		return psprintf("%s is not a heap table", table->alien);
	if (table->unhidable != NULL)
		return table->unhidable;
	/* those of the partitions may differ */
	if (retype->unproved && relation->relkind == RELKIND_PARTITIONED_TABLE)
		return "its NOT NULL is NOT VALID, and has to be validated before";
	foreach(lc, table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (bridge->retyped && !bridge->outdated && strcmp(bridge->now, retype->column) == 0)
			return "an earlier statement changes its type";
	}
	return NULL;
}

static char *
impossible_to_carry(const GradualTable *table)
{
	ListCell   *lc;

	if (table->carried->entangled != NULL)
		return psprintf("constraint \"%s\" is added between the changes of two of its columns",
						table->carried->entangled);
	foreach(lc, table->carried->indexes)
	{
		GradualCarriedIndex *index = lfirst(lc);

		if (index->constraint != NULL && strcmp(index->constraint, "EXCLUDE") == 0)
			return psprintf("exclusion constraint \"%s\" cannot be built concurrently", index->name);
	}
	return NULL;
}

/*
 * What a partition has of its own that hangs on the column would go with it, and
 * is not gathered.
 */
static GradualRow *
own_of_partition(Oid table, const char *column)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, table);
	gradual_args_text(&args, column);
	row = gradual_spi_row("WITH part AS (SELECT a.*, pg_get_expr(d.adbin, a.attrelid) AS own, pg_get_expr(p.adbin, p.adrelid) AS inherited, r.attnotnull AS needed"
						  "  FROM pg_partition_tree($1) t JOIN pg_attribute a ON a.attrelid = t.relid AND t.level > 0"
						  "  JOIN pg_attribute r ON r.attrelid = $1 AND r.attname = a.attname"
						  "  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
						  "  LEFT JOIN pg_attrdef p ON p.adrelid = r.attrelid AND p.adnum = r.attnum"
						  "  WHERE a.attname = $2::name)"
						  " SELECT x.attrelid, x.what FROM ("
						  "  SELECT part.attrelid, format('index %I', c.relname) AS what FROM part JOIN pg_index i ON i.indrelid = part.attrelid JOIN pg_class c ON c.oid = i.indexrelid"
						  "   WHERE NOT c.relispartition AND (part.attnum = ANY (i.indkey) OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
						  "    AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid = part.attnum))"
						  "  UNION ALL SELECT part.attrelid, format('constraint %I', k.conname) FROM part JOIN pg_constraint k ON k.conrelid = part.attrelid"
						  "   WHERE k.conislocal AND k.coninhcount = 0 AND k.conparentid = 0 AND k.contype IN ('c', 'f') AND part.attnum = ANY (k.conkey)"
						  "  UNION ALL SELECT part.attrelid, format('statistics %I', CASE WHEN s.stxnamespace = pg_my_temp_schema() AND starts_with(s.stxname::text, '_gradual_') THEN obj_description(s.oid, 'pg_statistic_ext') ELSE s.stxname::text END)"
						  "   FROM part JOIN pg_statistic_ext s ON s.stxrelid = part.attrelid"
						  "   WHERE EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid"
						  "    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.stxrelid AND d.refobjsubid = part.attnum)"
						  "  UNION ALL SELECT attrelid, 'a default' FROM part WHERE own IS DISTINCT FROM inherited"
						  "  UNION ALL SELECT attrelid, 'NOT NULL' FROM part WHERE attnotnull AND NOT needed"
						  "  UNION ALL SELECT part.attrelid, 'a replica identity' FROM part JOIN pg_index i ON i.indrelid = part.attrelid AND i.indisreplident AND part.attnum = ANY (i.indkey)"
						  " ) x ORDER BY x.attrelid::regclass::text, x.what LIMIT 1", &args);
	AtEOXact_GUC(true, level);
	return row;
}

/* The script's own part of a partition's clone over the column, in words; NULL = none. */
static char *
made_part(GradualRehearsal *rehearsal, const GradualRelation *relation,
		  const GradualRelation *partition, const char *column)
{
	ListCell   *lc;

	foreach(lc, gradual_catalog_parts_of_column(partition->clone, get_attnum(partition->clone, column)))
	{
		const ObjectAddress *part = lfirst(lc);
		bool		is_index = part->classId == RelationRelationId;
		const GradualRelation *index = is_index ?
		gradual_lookup_of_clone(rehearsal, part->objectId) : NULL;
		char	   *name = is_index ? get_rel_name(part->objectId) : get_constraint_name(part->objectId);

		if (is_index && (index == NULL || !OidIsValid(index->oid)))
			return psprintf("index %s", quote_identifier(name));
		if (!is_index && gradual_catalog_constraint_type(part->objectId) != GRADUAL_CONSTRAINT_NOT_NULL &&
			!OidIsValid(get_relation_constraint_oid(partition->oid, name, true)) &&
			!OidIsValid(get_relation_constraint_oid(relation->clone, name, true)))
			return psprintf("constraint %s", quote_identifier(name));
	}
	return NULL;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What the script has given partitions before, of which only their clones know. */
static char *
made_of_partitions(GradualRehearsal *rehearsal, const GradualRelation *relation,
				   const char *column)
{
	List	   *family = find_all_inheritors(relation->oid, NoLock, NULL);
	char	   *preset = gradual_inherited_default(relation->clone, column);
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		const GradualRelation *partition = lfirst(lc);
		char	   *made;

		if (partition == relation || partition->gone || !OidIsValid(partition->clone) ||
			!list_member_oid(family, partition->oid) ||
			get_attnum(partition->clone, column) == InvalidAttrNumber)
			continue;
		made = made_part(rehearsal, relation, partition, column);
		if (made == NULL && !is_same(gradual_inherited_default(partition->clone, column), preset))
			made = "a default";
		if (made == NULL && gradual_facts_not_null(partition, column) &&
			!gradual_facts_not_null(relation, column))
			made = "NOT NULL";
		if (made != NULL)
			return psprintf("partition %s has %s of its own on the column",
							gradual_lookup_qualified(partition), made);
	}
	return NULL;
}

/* Those that the script makes or attaches are partitions of the clone only. */
static char *
own_of_partitions(GradualRehearsal *rehearsal, const GradualRelation *relation,
				  const GradualRetype *retype)
{
	const GradualRelation *made;
	GradualRow *row;
	char	   *partition;

	if (relation->relkind != RELKIND_PARTITIONED_TABLE || !OidIsValid(relation->oid))
		return NULL;
	row = own_of_partition(relation->oid, retype->original);
	if (row != NULL)
		partition = gradual_ident_qualified(gradual_row_oid(row, 1));
	else
	{
		row = own_of_partition(relation->clone, retype->column);
		made = row == NULL ? NULL : gradual_lookup_of_clone(rehearsal, gradual_row_oid(row, 1));
		if (made == NULL)
			return made_of_partitions(rehearsal, relation, retype->column);
		partition = gradual_lookup_qualified(made);
	}
	return psprintf("partition %s has %s of its own on the column", partition,
					gradual_row_text(row, 2));
}

char *
gradual_obstacle_of_table(GradualRehearsal *rehearsal, const GradualRelation *relation,
						  const GradualRetype *retype)
{
	char	   *obstacle = impossible_to_carry(relation->table);

	return obstacle != NULL ? obstacle : own_of_partitions(rehearsal, relation, retype);
}
