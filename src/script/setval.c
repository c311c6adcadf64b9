/*
 * setval.c
 *	  Analysis of a SELECT that only sets sequences.
 *
 * What a script sets a sequence to is most often the highest value of a column,
 * and has to be that when the column begins to take its values from there.  So
 * such a statement is not opaque: it is known which sequences it sets, which
 * tables it reads, and whether that takes long.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "script/bridge.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/sequence.h"
#include "script/setval.h"

typedef struct SetvalAnalysis
{
	GradualRehearsal *rehearsal;
	GradualSetval *setval;
	Query	   *query;			/* whose expressions are looked at */
	bool		strange;		/* a view, say: it cannot be seen what it
								 * reads */
} SetvalAnalysis;

/* --- the sequences --- */

/* pg_get_serial_sequence('users', 'id'), both constants; or NULL. */
static GradualRelation *
find_serial(GradualRehearsal *rehearsal, const FuncExpr *call)
{
	Const	   *table = linitial(call->args);
	Const	   *column = lsecond(call->args);
	GradualRelation *relation;

	if (!IsA(table, Const) || table->constisnull || !IsA(column, Const) || column->constisnull)
		return NULL;
	relation = gradual_lookup_find(rehearsal,
								   makeRangeVarFromNameList(textToQualifiedNameList(DatumGetTextPP(table->constvalue))),
								   true);
	if (relation == NULL || relation->table == NULL || GRADUAL_IS_INDEX(relation->relkind))
		return NULL;
	gradual_clone_ensure(rehearsal, relation);
	return gradual_sequence_owned(rehearsal, relation,
								  TextDatumGetCString(column->constvalue));
}

/* The sequence that an argument of setval() means; NULL if that is not known. */
static GradualRelation *
find_sequence(GradualRehearsal *rehearsal, Node *argument)
{
	GradualRelation *relation;
	Const	   *constant = (Const *) argument;

	if (IsA(argument, FuncExpr) && ((FuncExpr *) argument)->funcid == F_REGCLASS)
		argument = linitial(((FuncExpr *) argument)->args);
	if (IsA(argument, FuncExpr) && ((FuncExpr *) argument)->funcid == F_PG_GET_SERIAL_SEQUENCE)
		return find_serial(rehearsal, (FuncExpr *) argument);
	if (!IsA(constant, Const) || constant->constisnull || constant->consttype != REGCLASSOID)
		return NULL;
	relation = gradual_lookup_of_clone(rehearsal, DatumGetObjectId(constant->constvalue));
	return relation != NULL ? relation :
		gradual_lookup_real(rehearsal, DatumGetObjectId(constant->constvalue));
}

static bool
is_setval(Oid function)
{
	return function == F_SETVAL_REGCLASS_INT8 || function == F_SETVAL_REGCLASS_INT8_BOOL;
}

/* Another volatile function could do anything; nextval() only takes a number. */
static bool
is_volatile(Oid function, void *context)
{
	return function != F_NEXTVAL && !is_setval(function) &&
		func_volatile(function) == PROVOLATILE_VOLATILE;
}

static bool
note_sequence(SetvalAnalysis *analysis, const FuncExpr *call)
{
	GradualRelation *relation = find_sequence(analysis->rehearsal, linitial(call->args));

	if (relation == NULL || relation->relkind != RELKIND_SEQUENCE)
		return false;
	analysis->setval->sequences = list_append_unique_ptr(analysis->setval->sequences,
														 relation->name);
	analysis->setval->qualified = gradual_lookup_qualified(relation);
	analysis->setval->existed |= OidIsValid(relation->oid);
	return true;
}

/* --- what it reads --- */

static bool
leads_with(Relation index, AttrNumber column)
{
	return index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) &&
		index->rd_index->indkey.values[0] == column;
}

static GradualTable *
table_of(const SetvalAnalysis *analysis, Oid relid)
{
	GradualRelation *relation = gradual_lookup_of_clone(analysis->rehearsal, relid);

	if (relation == NULL)
		relation = gradual_lookup_real(analysis->rehearsal, relid);
	return relation->table;
}

static bool
has_index(Oid relid, AttrNumber column)
{
	Relation	table = table_open(relid, AccessShareLock);
	bool		found = false;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(table))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		found |= leads_with(index, column);
		index_close(index, AccessShareLock);
	}
	table_close(table, AccessShareLock);
	return found;
}

/*
 * Has the table an index whose ends are the lowest and the highest value?  One that
 * the script builds may come later than the statement.
 */
static bool
is_indexed(const SetvalAnalysis *analysis, Oid relid, AttrNumber column)
{
	const GradualTable *table = table_of(analysis, relid);
	AttrNumber	original;

	if (!has_index(relid, column))
		return false;
	if (table == NULL || !OidIsValid(table->oid))
		return true;
	original = get_attnum(table->oid,
						  gradual_bridge_original(table, get_attname(relid, column, false)));
	return original > 0 && has_index(table->oid, original);
}

/* min(column) or max(column) of the query's only table, with such an index? */
static bool
is_end_of_index(const SetvalAnalysis *analysis, const Aggref *aggregate)
{
	const char *name = get_func_name(aggregate->aggfnoid);
	RangeTblEntry *entry = linitial(analysis->query->rtable);
	Var		   *column;

	if (get_func_namespace(aggregate->aggfnoid) != PG_CATALOG_NAMESPACE ||
		(strcmp(name, "max") != 0 && strcmp(name, "min") != 0) ||
		list_length(aggregate->args) != 1 || aggregate->aggfilter != NULL)
		return false;
	column = (Var *) linitial_node(TargetEntry, aggregate->args)->expr;
	return IsA(column, Var) && column->varlevelsup == 0 && column->varattno > 0 &&
		is_indexed(analysis, entry->relid, column->varattno);
}

static bool
look_for_slow(Node *node, void *context)
{
	if (node == NULL || IsA(node, Query))
		return false;
	if (IsA(node, Aggref))
		return !is_end_of_index(context, (Aggref *) node);
	return expression_tree_walker(node, look_for_slow, context);
}

/* SELECT id FROM users ORDER BY id DESC LIMIT 1? */
static bool
is_first_of_index(const SetvalAnalysis *analysis, const Query *query)
{
	RangeTblEntry *entry = linitial(query->rtable);
	Const	   *limit = (Const *) eval_const_expressions(NULL, query->limitCount);
	Var		   *column;

	if (limit == NULL || !IsA(limit, Const) || limit->constisnull ||
		DatumGetInt64(limit->constvalue) != 1 || list_length(query->sortClause) != 1)
		return false;
	column = (Var *) get_sortgroupclause_expr(linitial(query->sortClause), query->targetList);
	return IsA(column, Var) && column->varattno > 0 && is_indexed(analysis, entry->relid, column->varattno);
}

/* Does the query find what it wants of its one table at the end of an index? */
static bool
is_quick(SetvalAnalysis *analysis, Query *query)
{
	FromExpr   *from = query->jointree;

	if (list_length(query->rtable) != 1 || list_length(from->fromlist) != 1 ||
		from->quals != NULL || query->groupClause != NIL || query->groupingSets != NIL ||
		query->hasWindowFuncs || query->hasTargetSRFs || query->distinctClause != NIL)
		return false;
	if (!query->hasAggs)
		return is_first_of_index(analysis, query);
	analysis->query = query;
	return !look_for_slow((Node *) query->targetList, analysis) &&
		!look_for_slow(query->havingQual, analysis);
}

/* Who may change its rows may also keep others from doing so for a moment. */
static bool
may_lock(const GradualTable *table)
{
	return !OidIsValid(table->oid) ||
		pg_class_aclcheck(table->oid, GetUserId(), ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE) == ACLCHECK_OK;
}

static void
note_read(SetvalAnalysis *analysis, const RangeTblEntry *entry, bool quick)
{
	GradualSetval *setval = analysis->setval;
	GradualTable *table;

	setval->looks = true;
	if (entry->relkind == RELKIND_SEQUENCE)
		return;
	table = table_of(analysis, entry->relid);
	if (table == NULL ||
		(entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_PARTITIONED_TABLE))
	{
		analysis->strange = true;
		return;
	}
	if (may_lock(table))
		setval->locked = list_append_unique_ptr(setval->locked, table);
	if (!quick || (table->has_children && entry->inh && table->relkind == RELKIND_RELATION))
		setval->scanned = list_append_unique_ptr(setval->scanned, table);
}

static void
look_at_query(SetvalAnalysis *analysis, Query *query)
{
	bool		quick = list_length(query->rtable) == 1 &&
	rt_fetch(1, query->rtable)->rtekind == RTE_RELATION && is_quick(analysis, query);
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		RangeTblEntry *entry = lfirst(lc);

		if (entry->rtekind == RTE_RELATION)
			note_read(analysis, entry, quick);
	}
}

/* A walker over all queries; true: there is something that is not known to be harmless. */
static bool
look(Node *node, void *context)
{
	SetvalAnalysis *analysis = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;

		if (query->commandType != CMD_SELECT || query->rowMarks != NIL)
			return true;
		look_at_query(analysis, query);
		return query_tree_walker(query, look, context, 0);
	}
	if (IsA(node, FuncExpr) && is_setval(((FuncExpr *) node)->funcid) &&
		!note_sequence(analysis, (FuncExpr *) node))
		return true;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_NEXTVAL)
		analysis->setval->looks = true;
	return check_functions_in_node(node, is_volatile, NULL) ||
		expression_tree_walker(node, look, context);
}

GradualSetval *
gradual_setval_analyze(GradualRehearsal *rehearsal, Query *query)
{
	SetvalAnalysis analysis = {.rehearsal = rehearsal};

	analysis.setval = palloc0(sizeof(GradualSetval));
	if (look((Node *) query, &analysis) || analysis.strange ||
		analysis.setval->sequences == NIL)
		return NULL;
	return analysis.setval;
}
