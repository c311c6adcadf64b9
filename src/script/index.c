/*
 * index.c
 *	  Rehearsing CREATE INDEX and DROP INDEX.
 *
 * The name of an index that is created without one is chosen as the server
 * will: among the names of the real schema, as the script has left it, and not
 * among those in pg_temp.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "catalog/namespace.h"
#include "parser/parse_target.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/texts.h"
#include "script/bridge.h"
#include "script/clone.h"
#include "script/dependent.h"
#include "script/facts.h"
#include "script/gone.h"
#include "script/lookup.h"
#include "script/redirect.h"
#include "script/breach.h"
#include "script/object_naming.h"
#include "script/partition_key.h"
#include "script/reread.h"

static List *names_of(List *elements);
static char *definition_of(GradualRehearsal *rehearsal, const GradualRelation *index, bool only);
static char *choose_name(GradualRehearsal *rehearsal, const GradualRelation *table,
						 IndexStmt *create);
static char *physical_definition(GradualRehearsal *rehearsal, const GradualRelation *table,
								 const GradualRelation *index, bool only);
static void drop_one(GradualRehearsal *rehearsal, DropStmt *drop, List *name);
static void check_parent(const GradualRelation *index);
static void check_constraint(const GradualRelation *index, const GradualIndexFacts *facts);
static void index_facts(GradualRehearsal *rehearsal, GradualRelation *index);
static void drop_clone(GradualRehearsal *rehearsal, GradualRelation *index,
					   DropBehavior behavior);

bool
gradual_rehearse_create_index(GradualRehearsal *rehearsal, Node *node)
{
	IndexStmt  *create = (IndexStmt *) node;
	GradualCommand *command = rehearsal->command;
	GradualIndexFacts *facts = palloc0(sizeof(GradualIndexFacts));
	GradualRelation *table;
	GradualRelation *index;
	char	   *name;

	gradual_lookup_check_owner(gradual_lookup_find(rehearsal, create->relation, false));
	table = gradual_redirect_relation(rehearsal, create->relation);
	gradual_lookup_check_create(table->schema);
	command->table = facts->table = table->table;
	command->touches = NIL;
	command->index = facts;
	name = create->idxname ? create->idxname : choose_name(rehearsal, table, create);
	index = gradual_lookup_find_in(rehearsal, table->schema, name);
	if (index != NULL)
	{
		if (!create->if_not_exists)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_TABLE),
					 errmsg("relation \"%s\" already exists", name)));
		facts->qualified = gradual_lookup_qualified(index);
		facts->exists = command->noop = true;
		return true;
	}

	index = gradual_lookup_add(rehearsal, table->schema, name,
							   table->relkind == RELKIND_PARTITIONED_TABLE ?
							   RELKIND_PARTITIONED_INDEX : RELKIND_INDEX);
	index->clone_name = gradual_lookup_free(rehearsal, name);
	index->table = table->table;
	create->idxname = index->clone_name;
	create->concurrent = false;
	create->if_not_exists = false;
	gradual_redirect(rehearsal, (Node *) create->indexParams);
	gradual_redirect(rehearsal, create->whereClause);
	gradual_clone_run(rehearsal, node);
	gradual_clone_created(rehearsal, index);
	facts->qualified = gradual_lookup_qualified(index);
	facts->definition = definition_of(rehearsal, index, !create->relation->inh);
	facts->physical = facts->definition;
	if (gradual_bridge_exists(table))
		facts->physical = physical_definition(rehearsal, table, index, !create->relation->inh);
	facts->physical = gradual_object_naming_respell(rehearsal, facts->physical);
	if (create->unique)
	{
		gradual_partition_key_cover(rehearsal, table, names_of(create->indexParams), false);
		facts->duplicates = gradual_breach_of_index(rehearsal, table->table, index->clone);
		facts->duplicates_before = gradual_object_naming_respell(rehearsal, facts->duplicates);
	}
	return true;
}

/* Of the columns; expressions are none of a partition key */
static List *
names_of(List *elements)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, elements)
	{
		if (lfirst_node(IndexElem, lc)->name != NULL)
			names = lappend(names, lfirst_node(IndexElem, lc)->name);
	}
	return names;
}

/* As \d shall show it */
static char *
definition_of(GradualRehearsal *rehearsal, const GradualRelation *index, bool only)
{
	return gradual_reread_same(gradual_facts_index_definition(rehearsal, index, only));
}

/* NULL if it cannot be written */
static char *
physical_definition(GradualRehearsal *rehearsal, const GradualRelation *table,
					const GradualRelation *index, bool only)
{
	char	   *definition;

	if (!gradual_bridge_enter(rehearsal, table))
		return NULL;
	definition = definition_of(rehearsal, index, only);
	gradual_bridge_leave(rehearsal, table);
	return definition;
}

/* One command an index; they stand in the statement's list already. */
bool
gradual_rehearse_drop_index(GradualRehearsal *rehearsal, Node *node)
{
	DropStmt   *drop = (DropStmt *) node;
	ListCell   *name;
	ListCell   *command;

	forboth(name, drop->objects, command, rehearsal->statement->commands)
	{
		rehearsal->command = lfirst(command);
		drop_one(rehearsal, drop, lfirst_node(List, name));
	}
	return true;
}

/* The column's part of a name: of an expression, its function; numbered if it repeats. */
static List *
add_column_name(List *names, const IndexElem *element)
{
	const char *base = element->name;
	char	   *name;
	int			number = 0;

	if (base == NULL)
		base = element->expr ? FigureIndexColname(element->expr) : NULL;
	if (base == NULL)
		base = "expr";
	name = pstrdup(base);
	for (;;)
	{
		char	   *suffix;

		if (!gradual_texts_have(names, name))
			return lappend(names, name);
		suffix = psprintf("%d", ++number);
		name = psprintf("%.*s%s",
						pg_mbcliplen(base, strlen(base), NAMEDATALEN - 1 - strlen(suffix)),
						base, suffix);
	}
}

static char *
choose_name(GradualRehearsal *rehearsal, const GradualRelation *table, IndexStmt *create)
{
	StringInfoData columns;
	List	   *names = NIL;
	ListCell   *lc;
	char	   *name;
	int			number = 0;

	foreach(lc, create->indexParams)
		names = add_column_name(names, lfirst_node(IndexElem, lc));
	foreach(lc, create->indexIncludingParams)
		names = add_column_name(names, lfirst_node(IndexElem, lc));

	initStringInfo(&columns);
	foreach(lc, names)
	{
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? "_" : "", (char *) lfirst(lc));
		if (columns.len >= NAMEDATALEN)
			break;
	}

	name = makeObjectName(table->name, columns.data, "idx");
	while (gradual_lookup_find_in(rehearsal, table->schema, name) != NULL)
		name = makeObjectName(table->name, columns.data, psprintf("idx%d", ++number));
	return name;
}

static void
drop_one(GradualRehearsal *rehearsal, DropStmt *drop, List *name)
{
	GradualCommand *command = rehearsal->command;
	RangeVar   *range = makeRangeVarFromNameList(name);
	GradualRelation *index = gradual_lookup_find(rehearsal, range, true);

	if (index == NULL)
	{
		if (!drop->missing_ok)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("index \"%s\" does not exist", NameListToString(name))));
		command->index = palloc0(sizeof(GradualIndexFacts));
		command->index->qualified = NameListToQuotedString(name);
		command->index->last_used = pstrdup("");
		command->noop = true;
		return;
	}
	gradual_lookup_check_kind(index, OBJECT_INDEX);
	gradual_lookup_check_owner(index);
	check_parent(index);
	gradual_clone_ensure(rehearsal, index);
	index_facts(rehearsal, index);

	check_constraint(index, command->index);
	gradual_dependent_check_index(rehearsal, index, drop->behavior);
	if (drop->behavior == DROP_CASCADE)
		gradual_gone_cascade_index(rehearsal, index);
	drop_clone(rehearsal, index, drop->behavior);
}

/* What serves a constraint is dropped with it.  (Its clone hides the index itself.) */
static void
check_constraint(const GradualRelation *index, const GradualIndexFacts *facts)
{
	bool		hidden = !list_member_oid(fetch_search_path(false), index->schema);

	if (facts->constraint == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop index %s because constraint %s on table %s requires it",
					hidden ? facts->qualified : quote_identifier(index->name),
					quote_identifier(facts->constraint),
					hidden ? facts->table->qualified : quote_identifier(facts->table->name)),
			 errhint("ALTER TABLE %s DROP CONSTRAINT %s drops both.",
					 facts->table->qualified, quote_identifier(facts->constraint))));
}

/* The index of a partition stands and falls with that of the partitioned table. */
static void
check_parent(const GradualRelation *index)
{
	const char *parent;

	if (!OidIsValid(index->oid) || !get_rel_relispartition(index->oid))
		return;
	parent = quote_identifier(get_rel_name(get_partition_parent(index->oid, true)));
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop index %s because index %s requires it",
					quote_identifier(index->name), parent),
			 errhint("You can drop index %s instead.", parent)));
}

static void
index_facts(GradualRehearsal *rehearsal, GradualRelation *index)
{
	GradualIndexFacts *facts = palloc0(sizeof(GradualIndexFacts));
	Oid			constraint = get_index_constraint(OidIsValid(index->oid) ? index->oid : index->clone);

	facts->qualified = gradual_lookup_qualified(index);
	facts->definition = definition_of(rehearsal, index, false);
	facts->exists = true;
	facts->created = !OidIsValid(index->oid);
	facts->constraint = OidIsValid(constraint) ? get_constraint_name(constraint) : NULL;
	facts->last_used = facts->created ? pstrdup("") : gradual_facts_index_use(index->oid);
	facts->table = index->table;
	rehearsal->command->index = facts;
	rehearsal->command->table = index->table;
}

static void
drop_clone(GradualRehearsal *rehearsal, GradualRelation *index, DropBehavior behavior)
{
	DropStmt   *drop = makeNode(DropStmt);

	drop->removeType = OBJECT_INDEX;
	drop->behavior = behavior;
	drop->objects = list_make1(list_make2(makeString(pstrdup(GRADUAL_CLONE_SCHEMA)),
										  makeString(index->clone_name)));
	gradual_clone_run(rehearsal, (Node *) drop);
	gradual_lookup_drop(rehearsal, index);
}
