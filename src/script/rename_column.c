/*
 * rename_column.c
 *	  Facts about RENAME COLUMN: can both names be live, and what does the second
 *	  column have to look like?
 *
 * A clone has neither parents nor children, triggers, rules or grants: those are
 * read off the real table and all below it, as they are now.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "script/below.h"
#include "script/bridge.h"
#include "script/clone.h"
#include "script/facts.h"
#include "script/lookup.h"
#include "script/mentioned.h"
#include "script/published.h"
#include "script/rename_column.h"
#include "script/twin.h"
#include "script/object_naming.h"

/* Our triggers' names, up to the migration's number, decide who fires when. */
#define FIRST_TRIGGER "!_gradual_"
#define LAST_TRIGGER "~_gradual_"

static void check_family(GradualRehearsal *rehearsal, const GradualRelation *relation,
						 const RenameStmt *rename);
static void check_member(GradualRehearsal *rehearsal, Oid oid, int parents,
						 const RenameStmt *rename);
static char *why_not_bridged(GradualRehearsal *rehearsal, const GradualRelation *relation,
							 const GradualRename *facts);
static char *why_not_column(const GradualRelation *relation, const GradualRename *facts);
static char *why_not_member(Oid oid, const GradualRename *facts);
static char *why_not_triggers(Relation rel);
static bool is_partition_key(Relation rel, const char *column);
static void describe(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 GradualRename *facts);
static void describe_triggers(const GradualRelation *relation, GradualRename *facts);

void
gradual_rename_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 const RenameStmt *rename)
{
	GradualCommand *command = rehearsal->command;
	GradualRename *facts = palloc0(sizeof(GradualRename));

	facts->from = pstrdup(rename->subname);
	facts->to = pstrdup(rename->newname);
	command->column = facts->from;
	command->rename = facts;

	/* what is no column is told on the clone; an index has names of its own */
	if (!OidIsValid(relation->oid) || GRADUAL_IS_INDEX(relation->relkind) ||
		get_attnum(relation->clone, facts->from) <= 0)
		return;
	check_family(rehearsal, relation, rename);
	facts->original = relation->table != NULL && !relation->table->created &&
		!gradual_bridge_is_new(relation->table, facts->from) &&
		get_attnum(relation->oid, facts->from) > 0;
	if (!facts->original || get_attnum(relation->clone, facts->to) != InvalidAttrNumber)
		return;
	command->mentioned = gradual_mentioned_column(relation->oid, facts->from);
	facts->not_bridged = why_not_bridged(rehearsal, relation, facts);
	if (facts->not_bridged != NULL)
		return;
	describe(rehearsal, relation, facts);
	gradual_facts_not_valid(relation);
}

void
gradual_rename_finish(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	GradualRename *facts = rehearsal->command->rename;
	GradualBridge *bridge;

	if (facts == NULL || relation->table == NULL)
		return;
	if (!facts->original)
	{
		gradual_bridge_renamed(relation->table, facts->from, facts->to);
		return;
	}
	if (facts->not_bridged == NULL)
		facts->indexes = gradual_twin_indexes(rehearsal, relation, facts->from, facts->to);
	bridge = gradual_bridge_add(relation->table, rehearsal->statement->number, facts->to,
								facts->from);
	bridge->visible = facts->not_bridged == NULL;
}

/* --- what PostgreSQL says of the real table and those below it --- */

static void
check_family(GradualRehearsal *rehearsal, const GradualRelation *relation,
			 const RenameStmt *rename)
{
	List	   *parents;
	List	   *family;
	ListCell   *lc;
	ListCell   *count;

	if (get_rel_relkind(relation->oid) == RELKIND_VIEW)
		return;
	family = find_all_inheritors(relation->oid, AccessShareLock, &parents);
	if (!rename->relation->inh && list_length(family) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("inherited column \"%s\" must be renamed in child tables too",
						rename->subname)));
	forboth(lc, family, count, parents)
		check_member(rehearsal, lfirst_oid(lc), lfirst_int(count), rename);
}

/* The column may have gone or come earlier in the script: then it is no matter. */
static void
check_member(GradualRehearsal *rehearsal, Oid oid, int parents, const RenameStmt *rename)
{
	Relation	rel = relation_open(oid, NoLock);
	AttrNumber	number = get_attnum(oid, rename->subname);
	bool		own = false;

	if (OidIsValid(rel->rd_rel->reloftype))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot rename column of typed table")));
	if (gradual_below_count_parents(rehearsal, oid, rename->subname, &own) > parents)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot rename inherited column \"%s\"", rename->subname)));
	if (parents > 0 && get_attnum(oid, rename->newname) > 0 && number > 0 &&
		!rel->rd_rel->relispartition)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" already exists",
						rename->newname, RelationGetRelationName(rel))));
	relation_close(rel, NoLock);
}

/* --- can there be a second column, kept in step by a trigger? --- */

static char *
why_not_bridged(GradualRehearsal *rehearsal, const GradualRelation *relation,
				const GradualRename *facts)
{
	char	   *reason = why_not_column(relation, facts);
	ListCell   *lc;

	if (reason != NULL)
		return reason;
	foreach(lc, find_all_inheritors(relation->oid, NoLock, NULL))
	{
		reason = why_not_member(lfirst_oid(lc), facts);
		if (reason != NULL)
			return reason;
	}
	gradual_published_find(rehearsal, relation);
	return relation->table->unhidable;
}

static char *
why_not_column(const GradualRelation *relation, const GradualRename *facts)
{
	GradualTable *table = relation->table;
	Relation	rel;
	AttrNumber	number = get_attnum(relation->oid, facts->from);
	char		generated;
	char	   *reason = NULL;

	if (table->relkind != RELKIND_RELATION && table->relkind != RELKIND_PARTITIONED_TABLE)
		return "it is no plain or partitioned table";
	if (table->has_children || gradual_clone_has_children(relation))
		return "tables inherit from it, for whose rows its triggers do not fire";
	if (table->alien != NULL && table->foreign == NULL)
		return psprintf("%s is not a heap table", table->alien);
	if (get_attnum(relation->oid, facts->to) != InvalidAttrNumber)
		return psprintf("the name %s is free only then", quote_identifier(facts->to));
	rel = relation_open(relation->oid, NoLock);
	generated = TupleDescAttr(RelationGetDescr(rel), number - 1)->attgenerated;
	if (generated != '\0' && generated != ATTRIBUTE_GENERATED_STORED)
		reason = "the column is generated when it is read";
	if (RelationGetNumberOfAttributes(rel) >= MaxHeapAttributeNumber - 10)
		reason = "the table has nearly as many columns as it can";
	relation_close(rel, NoLock);
	return reason;
}

static char *
why_not_member(Oid oid, const GradualRename *facts)
{
	Relation	rel = relation_open(oid, NoLock);
	char	   *reason = NULL;

	if (rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		reason = psprintf("%s is a foreign table", RelationGetRelationName(rel));
	else if (is_partition_key(rel, facts->from))
		reason = "rows are routed to partitions by the column before a trigger sees them";
	else if (rel->rd_rules != NULL)
		reason = psprintf("table %s has rules, which see the old name only",
						  RelationGetRelationName(rel));
	else
		reason = why_not_triggers(rel);
	relation_close(rel, NoLock);
	return reason;
}

static bool
is_partition_key(Relation rel, const char *column)
{
	Bitmapset  *attributes;
	AttrNumber	number = get_attnum(RelationGetRelid(rel), column);
	bool		in_expression;

	if (rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE || number <= 0)
		return false;
	attributes = bms_make_singleton(number - FirstLowInvalidHeapAttributeNumber);
	return has_partition_attrs(rel, attributes, &in_expression);
}

static bool
is_before_write(const Trigger *trigger)
{
	return !trigger->tgisinternal && TRIGGER_FOR_BEFORE(trigger->tgtype) &&
		TRIGGER_FOR_ROW(trigger->tgtype) &&
		(TRIGGER_FOR_INSERT(trigger->tgtype) || TRIGGER_FOR_UPDATE(trigger->tgtype));
}

/* Triggers fire in the order of their names, byte by byte. */
static char *
why_not_triggers(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		Trigger    *trigger = &rel->trigdesc->triggers[i];

		if (is_before_write(trigger) &&
			(strcmp(trigger->tgname, FIRST_TRIGGER) < 0 ||
			 strcmp(trigger->tgname, LAST_TRIGGER) > 0))
			return psprintf("trigger %s fires before or after all others, also ours",
							quote_identifier(trigger->tgname));
	}
	return NULL;
}

/* --- the second column --- */

static void
describe(GradualRehearsal *rehearsal, const GradualRelation *relation, GradualRename *facts)
{
	Relation	clone = relation_open(relation->clone, NoLock);
	AttrNumber	number = get_attnum(relation->clone, facts->from);
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(clone), number - 1);
	Node	   *preset = attribute->attidentity || attribute->attgenerated ? NULL :
	build_column_default(clone, number);

	facts->type = gradual_object_naming_respell(rehearsal, gradual_facts_base_type(attribute));
	facts->default_volatile = attribute->attidentity ||
		(preset != NULL && contain_volatile_functions(preset));
	if (preset != NULL && !facts->default_volatile)
		facts->default_expr = gradual_object_naming_respell(rehearsal,
															gradual_facts_expression(rehearsal, preset));
	facts->generated = attribute->attgenerated == ATTRIBUTE_GENERATED_STORED;
	relation_close(clone, NoLock);

	describe_triggers(relation, facts);
	facts->grants = gradual_twin_grants(relation, facts->from, facts->to);
	facts->listeners = gradual_twin_listeners(rehearsal, relation, facts->from);
}

static void
describe_triggers(const GradualRelation *relation, GradualRename *facts)
{
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relation->oid, NoLock, NULL))
	{
		Relation	rel = relation_open(lfirst_oid(lc), NoLock);

		for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
		{
			Trigger    *trigger = &rel->trigdesc->triggers[i];

			facts->before_triggers |= is_before_write(trigger);
		}
		relation_close(rel, NoLock);
	}
}
