/*
 * twin.c
 *	  What a second column needs to be as good as the first.
 *
 * Triggers and grants are those of the real table as it is now; indexes those
 * of the clone, with what the script has made and dropped so far.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/spi.h"
#include "script/clone.h"
#include "script/facts.h"
#include "script/lookup.h"
#include "script/twin.h"
#include "script/object_naming.h"

static List *describe_indexes(GradualRehearsal *rehearsal, const GradualRelation *relation,
							  const char *column);
static bool is_of_parent(GradualRehearsal *rehearsal, Relation index);
static bool has_own_index(Oid partition, const char *column);
static List *describe_partition(GradualRehearsal *rehearsal, Oid oid, const char *from,
								const char *to);
static bool mentions(Relation index, AttrNumber column);
static GradualTwinIndex *describe_index(GradualRehearsal *rehearsal,
										const GradualRelation *table, Relation index);
static GradualListener *describe_listener(const GradualRehearsal *rehearsal,
										  const GradualRow *row);

/* --- indexes --- */

List *
gradual_twin_indexes(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 const char *from, const char *to)
{
	List	   *twins = describe_indexes(rehearsal, relation, to);
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relation->oid, NoLock, NULL))
	{
		if (lfirst_oid(lc) != relation->oid && has_own_index(lfirst_oid(lc), from))
			twins = list_concat(twins, describe_partition(rehearsal, lfirst_oid(lc), from, to));
	}
	return twins;
}

static List *
describe_indexes(GradualRehearsal *rehearsal, const GradualRelation *relation,
				 const char *column)
{
	Relation	clone = relation_open(relation->clone, NoLock);
	AttrNumber	number = get_attnum(relation->clone, column);
	List	   *twins = NIL;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(clone))
	{
		Relation	index = relation_open(lfirst_oid(lc), AccessShareLock);

		if (mentions(index, number) && !is_of_parent(rehearsal, index))
			twins = lappend(twins, describe_index(rehearsal, relation, index));
		relation_close(index, NoLock);
	}
	relation_close(clone, NoLock);
	return twins;
}

/* Is it, in a partition, a part of an index of the whole table? */
static bool
is_of_parent(GradualRehearsal *rehearsal, Relation index)
{
	GradualRelation *relation = gradual_lookup_of_clone(rehearsal, RelationGetRelid(index));

	return relation != NULL && OidIsValid(relation->oid) &&
		get_rel_relispartition(relation->oid);
}

/* Has a partition an index on the column that is its own? */
static bool
has_own_index(Oid partition, const char *column)
{
	Relation	rel = relation_open(partition, NoLock);
	AttrNumber	number = get_attnum(partition, column);
	bool		found = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = relation_open(lfirst_oid(lc), AccessShareLock);

		found |= !index->rd_rel->relispartition && mentions(index, number);
		relation_close(index, NoLock);
	}
	relation_close(rel, NoLock);
	return found;
}

/* The clone of a partition knows nothing of the table's, so it gets the name for a while. */
static List *
describe_partition(GradualRehearsal *rehearsal, Oid oid, const char *from, const char *to)
{
	GradualRelation *partition = gradual_lookup_real(rehearsal, oid);
	List	   *twins;

	gradual_clone_ensure(rehearsal, partition);
	gradual_clone_rename_column(rehearsal, partition, from, to);
	twins = describe_indexes(rehearsal, partition, to);
	gradual_clone_rename_column(rehearsal, partition, to, from);
	return twins;
}

/* As a key, in INCLUDE, in an expression or in the predicate. */
static bool
mentions(Relation index, AttrNumber column)
{
	Bitmapset  *used = NULL;

	for (int i = 0; i < index->rd_index->indnatts; i++)
	{
		if (index->rd_index->indkey.values[i] == column)
			return true;
	}
	pull_varattnos((Node *) RelationGetIndexExpressions(index), 1, &used);
	pull_varattnos((Node *) RelationGetIndexPredicate(index), 1, &used);
	return bms_is_member(column - FirstLowInvalidHeapAttributeNumber, used);
}

/*
 * One of a deferrable constraint is not unique before the end of a transaction:
 * a plain unique index would be.  An exclusion constraint is the old column's, and
 * a key WITHOUT OVERLAPS (18) is like one.
 */
static GradualTwinIndex *
describe_index(GradualRehearsal *rehearsal, const GradualRelation *table, Relation index)
{
	GradualTwinIndex *twin = palloc0(sizeof(GradualTwinIndex));
	GradualRelation *relation = gradual_lookup_of_clone(rehearsal, RelationGetRelid(index));
	char	   *definition;
	char	   *name;

	/* made with a constraint, or by the server when it rewrote the table */
	if (relation == NULL)
	{
		relation = palloc0(sizeof(GradualRelation));
		relation->schema = table->schema;
		relation->name = pstrdup(RelationGetRelationName(index));
		relation->clone = RelationGetRelid(index);
		relation->table = table->table;
	}
	definition = gradual_facts_index_definition(rehearsal, relation, false);
	name = psprintf("INDEX %s ON ", quote_identifier(relation->name));
	twin->name = relation->name;
	twin->schema = pstrdup(quote_identifier(get_namespace_name(relation->schema)));
	twin->table = table->table;
	twin->unique = index->rd_index->indisunique && index->rd_index->indimmediate &&
		!index->rd_index->indisexclusion;
	if (strstr(definition, name) == NULL)
		elog(ERROR, "unexpected definition of an index: %s", definition);
	definition = strstr(definition, name) + strlen(name) - strlen(" ON ");
	twin->rest = gradual_object_naming_copy(rehearsal, definition);
	return twin;
}

/* --- grants --- */

List *
gradual_twin_grants(const GradualRelation *relation, const char *from, const char *to)
{
	GradualArgs args = {0};
	List	   *grants = NIL;
	int			level = gradual_lookup_pin_path();
	ListCell   *lc;

	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, from);
	gradual_args_text(&args, quote_identifier(to));
	gradual_args_text(&args, relation->table->qualified);
	foreach(lc, gradual_spi_rows("SELECT pg_catalog.format('GRANT %s (%s) ON %s TO %s%s', g.privilege_type, $3, $4,"
								 " CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END,"
								 " CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END)"
								 " FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) g"
								 " WHERE a.attrelid = $1 AND a.attname = $2::pg_catalog.name"
								 " ORDER BY 1", &args))
		grants = lappend(grants, gradual_row_text(lfirst(lc), 1));
	AtEOXact_GUC(true, level);
	return grants;
}

/* --- triggers --- */

List *
gradual_twin_listeners(const GradualRehearsal *rehearsal, const GradualRelation *relation,
					   const char *from)
{
	GradualArgs args = {0};
	List	   *listeners = NIL;
	int			level = gradual_lookup_pin_path();
	ListCell   *lc;

	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, from);
	foreach(lc, gradual_spi_rows("WITH RECURSIVE family (oid) AS (VALUES ($1) UNION"
								 " SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN family f ON i.inhparent = f.oid)"
								 " SELECT t.tgname, pg_catalog.format('%I.%I', n.nspname, c.relname),"
								 " pg_catalog.pg_get_triggerdef(t.oid), t.tgconstraint <> 0,"
								 " CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLE' END,"
								 " ' UPDATE OF ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(k.attname), ', ' ORDER BY o.n)"
								 "  FROM pg_catalog.unnest(t.tgattr::pg_catalog.int2[]) WITH ORDINALITY o (attnum, n)"
								 "  JOIN pg_catalog.pg_attribute k ON k.attrelid = t.tgrelid AND k.attnum = o.attnum)"
								 " FROM family f JOIN pg_catalog.pg_trigger t ON t.tgrelid = f.oid AND NOT t.tgisinternal AND t.tgparentid = 0"
								 " JOIN pg_catalog.pg_attribute a ON a.attrelid = f.oid AND a.attname = $2::pg_catalog.name"
								 "  AND a.attnum = ANY (t.tgattr::pg_catalog.int2[])"
								 " JOIN pg_catalog.pg_class c ON c.oid = f.oid"
								 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
								 " ORDER BY 2, 1", &args))
		listeners = lappend(listeners, describe_listener(rehearsal, lfirst(lc)));
	AtEOXact_GUC(true, level);
	return listeners;
}

static GradualListener *
describe_listener(const GradualRehearsal *rehearsal, const GradualRow *row)
{
	GradualListener *listener = palloc0(sizeof(GradualListener));
	char	   *definition = gradual_object_naming_copy(rehearsal, gradual_row_text(row, 3));
	char	   *columns = gradual_row_text(row, 6);
	char	   *head = psprintf("TRIGGER %s ", quote_identifier(gradual_row_text(row, 1)));
	char	   *events = strstr(definition, head);
	char	   *place = events == NULL ? NULL : strstr(events + strlen(head), columns);
	const char *rest;

	if (place == NULL)
		elog(ERROR, "unexpected definition of a trigger: %s", definition);
	rest = place + strlen(columns);
	listener->name = gradual_row_text(row, 1);
	listener->table = gradual_row_text(row, 2);
	listener->constraint = gradual_row_bool(row, 4, false);
	listener->enabled = gradual_row_text(row, 5);
	listener->before = psprintf("CREATE OR REPLACE %s", events);
	listener->head = pnstrdup(listener->before, strlen(listener->before) - strlen(rest));
	listener->rest = pstrdup(rest);
	return listener;
}
