/*
 * copy.c
 *	  Analysis of one INSERT .. SELECT.
 *
 * Its batches go through one table of the SELECT by key, each key once: nothing
 * in the target would show which rows are done, and a row that moves about the
 * heap must not be copied twice.  Of several tables it is the largest; the cost
 * gate of the engine looks at what joining the others costs.
 *
 * What changes in the source while the copy runs, and until the application has
 * moved over, can be carried over row by row if the statement is a function of
 * single rows of one table, and if a row's key says which copy is its own.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "script/copy.h"
#include "script/lookup.h"
#include "script/mapping.h"
#include "script/steady.h"
#include "script/target.h"

/* All that is known of the statement while it is looked at. */
typedef struct CopyAnalysis
{
	GradualRehearsal *rehearsal;
	GradualChange *change;
	GradualCopy *copy;
	GradualTable *target;

	/* The analysed query; views in it are still views */
	Query	   *query;
	Query	   *select;
	Index		walked;
} CopyAnalysis;

/* --- may it run in batches? --- */

static void
refuse(CopyAnalysis *analysis, char *why, char *hint)
{
	gradual_target_refuse(analysis->change, why, hint);
}

/* The table of an entry, by its clone or by itself; NULL for catalogs and views. */
static GradualTable *
table_of(CopyAnalysis *analysis, Oid relid)
{
	ListCell   *lc;

	foreach(lc, analysis->rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->clone == relid || (relation->oid == relid && !relation->gone))
			return relation->table;
	}
	return NULL;
}

static void
check_target(CopyAnalysis *analysis, List *rewritten)
{
	GradualTable *target = analysis->target;
	Relation	rel;

	if (target == NULL || target->relkind == RELKIND_VIEW)
		refuse(analysis, "its target is a view", "Insert into the view's table instead.");
	else if (target->relkind == RELKIND_FOREIGN_TABLE)
		refuse(analysis, psprintf("%s is a foreign table", target->qualified), NULL);
	else if (list_length(rewritten) != 1 ||
			 linitial_node(Query, rewritten)->commandType != CMD_INSERT)
		refuse(analysis, psprintf("%s has a rule for INSERT", target->qualified), NULL);
	else if (OidIsValid(target->oid))
	{
		rel = table_open(target->oid, AccessShareLock);
		if (rel->rd_rules != NULL)
			refuse(analysis, psprintf("%s has rules", target->qualified), NULL);
		table_close(rel, NoLock);
	}
}

/* What looks at more than one row of the source sees only those of a batch. */
static void
check_select(CopyAnalysis *analysis)
{
	Query	   *select = analysis->select;

	if (analysis->query->hasModifyingCTE || select->hasModifyingCTE)
		refuse(analysis, "a WITH query changes data, and every batch would do that again",
			   "Make a statement of its own of that WITH query.");
	else if (select->setOperations != NULL)
		refuse(analysis, "it combines several queries by UNION, INTERSECT or EXCEPT",
			   "Of UNION ALL make an INSERT for each of them.");
	else if (select->hasAggs || select->groupClause != NIL || select->groupingSets != NIL)
		refuse(analysis, "it groups rows, and those of a group are in several batches", NULL);
	else if (select->hasWindowFuncs)
		refuse(analysis, "a window function looks at rows of other batches", NULL);
	else if (select->distinctClause != NIL)
		refuse(analysis, "DISTINCT compares rows of several batches", NULL);
	else if (select->limitCount != NULL || select->limitOffset != NULL)
		refuse(analysis, "LIMIT and OFFSET count the rows of all batches", NULL);
}

/* Without ORDER BY nobody can know which row gets the first value of a sequence. */
static void
check_order(CopyAnalysis *analysis, Query *rewritten)
{
	if (analysis->select->sortClause != NIL &&
		contain_volatile_functions((Node *) rewritten->targetList))
		refuse(analysis, "ORDER BY decides in which order the new rows are numbered",
			   "Leave ORDER BY out if the order does not matter.");
}

typedef struct ReadsContext
{
	CopyAnalysis *analysis;
	RangeTblEntry *target;		/* where the rows go: not read */
} ReadsContext;

static bool
reads_target(Node *node, void *arg)
{
	ReadsContext *context = arg;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
		return node != (Node *) context->target &&
			((RangeTblEntry *) node)->rtekind == RTE_RELATION &&
			table_of(context->analysis, ((RangeTblEntry *) node)->relid) ==
			context->analysis->target;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reads_target, arg, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, reads_target, arg);
}

static void
check_reads(CopyAnalysis *analysis)
{
	ReadsContext context = {.analysis = analysis};

	context.target = rt_fetch(analysis->query->resultRelation, analysis->query->rtable);
	if (reads_target((Node *) analysis->query, &context))
		refuse(analysis, "it reads the table that it inserts into, and batches have put rows there before",
			   NULL);
}

/* --- the table to go through --- */

/* The largest; a table that the script creates has no statistics. */
static void
choose_walked(CopyAnalysis *analysis)
{
	GradualCopy *copy = analysis->copy;
	ListCell   *lc;

	foreach(lc, gradual_mapping_candidates(analysis->select))
	{
		RangeTblEntry *entry = rt_fetch(lfirst_int(lc), analysis->select->rtable);
		GradualTable *table = table_of(analysis, entry->relid);

		if (table == NULL || GRADUAL_TABLE_AT_ONCE(table) || !OidIsValid(table->oid))
			continue;
		if (copy->source != NULL && copy->source->pages >= table->pages)
			continue;
		copy->source = table;
		copy->walks = pstrdup(entry->eref->aliasname);
		analysis->walked = lfirst_int(lc);
	}
}

static void
check_source(CopyAnalysis *analysis)
{
	GradualChange *change = analysis->change;
	RangeTblEntry *walked;

	choose_walked(analysis);
	if (analysis->copy->source == NULL)
	{
		refuse(analysis, "it selects from no table whose rows could be visited one by one", NULL);
		return;
	}
	walked = rt_fetch(analysis->walked, analysis->select->rtable);
	change->est_rows = analysis->copy->source->rows;
	gradual_target_check(change, analysis->copy->source, walked, NIL);
	if (change->not_batchable == NULL)
		gradual_target_check_key(change, analysis->copy->source, walked, NIL);
}

/* --- can a trigger carry changes over? --- */

static bool
is_index_for(Relation rel, Relation index, List *key, bool all)
{
	Form_pg_index form = index->rd_index;
	int			count = all ? form->indnkeyatts : 1;

	if (index->rd_rel->relam != BTREE_AM_OID ||
		!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) ||
		(all && (!form->indisunique || !form->indimmediate)))
		return false;
	for (int i = 0; i < count; i++)
	{
		AttrNumber	number = form->indkey.values[i];
		ListCell   *lc;
		bool		found = false;

		if (number <= 0)
			return false;
		foreach(lc, key)
			found |= strcmp(lfirst(lc), NameStr(TupleDescAttr(RelationGetDescr(rel),
															  number - 1)->attname)) == 0;
		if (!found)
			return false;
	}
	return true;
}

static void
look_at_indexes(CopyAnalysis *analysis, List *constants)
{
	GradualCopy *copy = analysis->copy;
	List	   *apart = list_concat_copy(copy->key, constants);
	Relation	rel = table_open(analysis->target->clone, NoLock);
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		copy->indexed |= is_index_for(rel, index, copy->key, false);
		copy->unique |= is_index_for(rel, index, apart, true);
		index_close(index, AccessShareLock);
	}
	table_close(rel, NoLock);
}

static void
find_key(CopyAnalysis *analysis)
{
	Relation	source = table_open(analysis->copy->source->oid, AccessShareLock);
	GradualMappedKey *key;

	key = gradual_mapping_key(analysis->query,
							  gradual_mapping_columns(analysis->query, analysis->walked),
							  source);
	table_close(source, NoLock);
	for (int i = 0; key != NULL && i < key->count; i++)
		analysis->copy->key = lappend(analysis->copy->key, key->target[i]);
	if (key != NULL)
		look_at_indexes(analysis, key->constants);
}

/* Has the role what the trigger, and the batches beside it, need on the source? */
static bool
may_carry(Oid source)
{
	return pg_class_aclcheck(source, GetUserId(), ACL_TRIGGER) == ACLCHECK_OK &&
		pg_class_aclcheck(source, GetUserId(), ACL_UPDATE) == ACLCHECK_OK;
}

/* .. now, or as the script has left it */
static bool
has_children(const GradualTable *table)
{
	return table->has_children ||
		(table->relkind == RELKIND_RELATION && OidIsValid(table->clone) &&
		 find_inheritance_children(table->clone, NoLock) != NIL);
}

static bool
assigns_elements(RawStmt *raw)
{
	ListCell   *lc;

	foreach(lc, ((InsertStmt *) raw->stmt)->cols)
	{
		if (lfirst_node(ResTarget, lc)->indirection != NIL)
			return true;
	}
	return false;
}

static char *
why_not_carried(CopyAnalysis *analysis, RawStmt *raw)
{
	Query	   *select = analysis->select;
	GradualCopy *copy = analysis->copy;

	if (!analysis->target->created)
		return "the script does not create the table";
	if (analysis->query->onConflict != NULL)
		return "ON CONFLICT decides which rows are copied";
	if (list_length(select->rtable) != 1 || select->hasSubLinks ||
		select->cteList != NIL || analysis->query->cteList != NIL)
		return "the copy depends on other tables as well";
	if (select->hasTargetSRFs || assigns_elements(raw))
		return "a copy is not one row for each row";
	if (contain_volatile_functions(select->jointree->quals))
		return "WHERE calls a function that may change its mind about a row";
	if (has_children(copy->source))
		return psprintf("%s has child tables", copy->source->qualified);
	if (!may_carry(copy->source->oid))
		return psprintf("role %s has no right to make a trigger on %s and to lock its rows",
						GetUserNameFromId(GetUserId(), false), copy->source->qualified);
	/* to enable a trigger always, and to drop it, takes more than to make it */
	if (!object_ownercheck(RelationRelationId, copy->source->oid, GetUserId()))
		return psprintf("role %s does not own %s, whose trigger would have to be dropped",
						GetUserNameFromId(GetUserId(), false), copy->source->qualified);
	find_key(analysis);
	if (copy->key == NIL)
		return psprintf("no unique key of %s is copied as it stands", copy->source->qualified);
	return NULL;
}

/* --- all of it --- */

static void
look_at_query(CopyAnalysis *analysis, RawStmt *raw, List *rewritten)
{
	GradualChange *change = analysis->change;

	check_target(analysis, rewritten);
	check_select(analysis);
	check_reads(analysis);
	if (change->not_batchable == NULL)
		check_order(analysis, linitial_node(Query, rewritten));
	if (change->not_batchable == NULL)
		check_source(analysis);
	if (change->not_batchable == NULL)
		analysis->copy->not_carried = why_not_carried(analysis, raw);
}

GradualChange *
gradual_copy_analyze(GradualRehearsal *rehearsal, RawStmt *raw)
{
	const char *source_text = rehearsal->script->text;
	CopyAnalysis analysis = {.rehearsal = rehearsal};
	List	   *rewritten;

	analysis.target = rehearsal->command->table;
	analysis.query = parse_analyze_fixedparams(copyObject(raw), source_text, NULL, 0, NULL);
	rewritten = pg_analyze_and_rewrite_fixedparams(copyObject(raw), source_text,
												   NULL, 0, NULL);
	analysis.select = gradual_mapping_select(analysis.query);
	if (analysis.select == NULL ||
		(analysis.select->jointree->fromlist == NIL && analysis.select->setOperations == NULL))
		return NULL;

	analysis.change = palloc0(sizeof(GradualChange));
	analysis.copy = analysis.change->copy = palloc0(sizeof(GradualCopy));
	analysis.change->source = GRADUAL_SOURCE_KEY;
	analysis.change->unsteady = gradual_depends_on_session((Node *) analysis.query);
	look_at_query(&analysis, raw, rewritten);
	analysis.change->reason = analysis.copy->source == NULL ? NULL :
		psprintf("each key of %s once, in key order", analysis.copy->source->qualified);
	return analysis.change;
}
