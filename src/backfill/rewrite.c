/*
 * rewrite.c
 *	  Changes to the raw parse tree of the user's statement.
 *
 * The raw tree and not the analysed one, because a cached plan is analysed
 * again from it when the table changes, and because it names columns: a
 * partition may number them in another way.
 *
 * Every function changes the tree in place; nothing here reads rows.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "parser/parse_target.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/errors.h"
#include "backfill/rewrite.h"

/* A table's columns, fully qualified, on their way to a shorter name */
typedef struct ShortenContext
{
	const char *schema;
	const char *table;
} ShortenContext;

RawStmt *
gradual_rewrite_parse(const char *sql)
{
	List	   *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
	RawStmt    *raw;

	if (list_length(statements) != 1)
		elog(ERROR, "a backfill has %d statements", list_length(statements));
	raw = linitial_node(RawStmt, statements);
	if (!IsA(raw->stmt, UpdateStmt) && !IsA(raw->stmt, DeleteStmt) &&
		!IsA(raw->stmt, InsertStmt))
		elog(ERROR, "a backfill changes no rows");
	return raw;
}

static SelectStmt *
select_of(RawStmt *raw)
{
	return castNode(SelectStmt, ((InsertStmt *) raw->stmt)->selectStmt);
}

static const char *
name_of(const RangeVar *table)
{
	return table->alias ? table->alias->aliasname : table->relname;
}

/* Where a FROM names a table, by its name or alias; NULL if it does not */
static RangeVar **
find_in_from(Node **from, const char *name)
{
	RangeVar  **found;

	if (IsA(*from, RangeVar))
		return strcmp(name_of((RangeVar *) *from), name) == 0 ? (RangeVar **) from : NULL;
	if (!IsA(*from, JoinExpr))
		return NULL;
	found = find_in_from(&((JoinExpr *) *from)->larg, name);
	return found ? found : find_in_from(&((JoinExpr *) *from)->rarg, name);
}

static RangeVar **
walked_of(RawStmt *raw, const char *walks)
{
	ListCell   *lc;

	if (IsA(raw->stmt, UpdateStmt))
		return &((UpdateStmt *) raw->stmt)->relation;
	if (IsA(raw->stmt, DeleteStmt))
		return &((DeleteStmt *) raw->stmt)->relation;
	foreach(lc, select_of(raw)->fromClause)
	{
		RangeVar  **found = find_in_from((Node **) &lfirst(lc), walks);

		if (found)
			return found;
	}
	elog(ERROR, "the SELECT has no table \"%s\"", walks);
	return NULL;
}

static Node **
where_of(RawStmt *raw)
{
	if (IsA(raw->stmt, UpdateStmt))
		return &((UpdateStmt *) raw->stmt)->whereClause;
	if (IsA(raw->stmt, DeleteStmt))
		return &((DeleteStmt *) raw->stmt)->whereClause;
	return &select_of(raw)->whereClause;
}

RangeVar *
gradual_rewrite_walked(RawStmt *raw, const char *walks)
{
	return *walked_of(raw, walks);
}

const char *
gradual_rewrite_alias(RawStmt *raw, const char *walks)
{
	return name_of(*walked_of(raw, walks));
}

/* schema.table.column -> table.column; also schema.table.* */
static bool
shorten_references(Node *node, void *arg)
{
	ShortenContext *context = arg;

	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		List	   *fields = ((ColumnRef *) node)->fields;

		if (list_length(fields) >= 3 &&
			IsA(linitial(fields), String) && IsA(lsecond(fields), String) &&
			strcmp(strVal(linitial(fields)), context->schema) == 0 &&
			strcmp(strVal(lsecond(fields)), context->table) == 0)
			((ColumnRef *) node)->fields = list_copy_tail(fields, 1);
		return false;
	}
	return raw_expression_tree_walker(node, shorten_references, arg);
}

/*
 * (SELECT a, b FROM ONLY leaf): its columns in the order of the table, which
 * decides what * means.  The planner makes a plain scan of it.
 */
static Node *
leaf_as_table(RangeVar *leaf, Alias *alias, Relation table)
{
	RangeSubselect *result = makeNode(RangeSubselect);
	SelectStmt *select = makeNode(SelectStmt);

	for (int i = 0; i < RelationGetNumberOfAttributes(table); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), i);
		ColumnRef  *column = makeNode(ColumnRef);
		ResTarget  *target = makeNode(ResTarget);

		if (attribute->attisdropped)
			continue;
		column->fields = list_make1(makeString(pstrdup(NameStr(attribute->attname))));
		column->location = -1;
		target->val = (Node *) column;
		target->location = -1;
		select->targetList = lappend(select->targetList, target);
	}
	leaf->alias = NULL;
	select->fromClause = list_make1(leaf);
	result->subquery = (Node *) select;
	result->alias = alias;
	return (Node *) result;
}

/* In a SELECT the leaf has to look like the table, if it is not that itself. */
static void
select_from_leaf(RangeVar **place, RangeVar *leaf)
{
	Relation	table = table_open(RangeVarGetRelid(*place, AccessShareLock, false), NoLock);

	if (table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		*(Node **) place = leaf_as_table(leaf, leaf->alias, table);
	else
		*place = leaf;
	table_close(table, NoLock);
}

void
gradual_rewrite_to_leaf(RawStmt *raw, const char *walks, const GradualLeaf *leaf)
{
	RangeVar  **target = walked_of(raw, walks);
	RangeVar   *old = *target;
	RangeVar   *new = makeRangeVar(leaf->schema, leaf->name, -1);
	bool		is_insert = IsA(raw->stmt, InsertStmt);

	new->inh = false;
	new->alias = old->alias ? old->alias : makeAlias(old->relname, NIL);
	if (is_insert)
		select_from_leaf(target, new);
	else
		*target = new;

	if (old->schemaname && !old->alias)
	{
		ShortenContext context = {old->schemaname, old->relname};

		(void) shorten_references(is_insert ? (Node *) select_of(raw) : raw->stmt, &context);
	}
}

void
gradual_rewrite_and_where(RawStmt *raw, Node *added)
{
	Node	  **where = where_of(raw);

	if (*where)
		added = (Node *) makeBoolExpr(AND_EXPR, list_make2(*where, added), -1);
	*where = added;
}

void
gradual_rewrite_add_condition(RawStmt *raw, const char *condition)
{
	List	   *parsed = raw_parser(psprintf("SELECT %s", condition), RAW_PARSE_DEFAULT);
	SelectStmt *select = castNode(SelectStmt, linitial_node(RawStmt, parsed)->stmt);

	gradual_rewrite_and_where(raw, linitial_node(ResTarget, select->targetList)->val);
}

void
gradual_rewrite_to_select(RawStmt *raw)
{
	SelectStmt *select = makeNode(SelectStmt);
	ColumnRef  *column = makeNode(ColumnRef);
	ResTarget  *target = makeNode(ResTarget);
	RangeVar   *table = *walked_of(raw, NULL);

	column->fields = list_make2(makeString(pstrdup(name_of(table))), makeString("ctid"));
	column->location = -1;
	target->val = (Node *) column;
	target->location = -1;
	select->targetList = list_make1(target);
	select->fromClause = list_make1(table);
	select->whereClause = *where_of(raw);
	raw->stmt = (Node *) select;
}

/* --- now() --- */

/* Is it a call of now() or one of its kin, by the name's meaning here? */
static bool
is_now_call(FuncCall *call)
{
	Oid			function;

	if (call->args != NIL || call->agg_star || call->over)
		return false;
	function = LookupFuncName(call->funcname, 0, NULL, true);
	return function == F_NOW || function == F_TRANSACTION_TIMESTAMP ||
		function == F_STATEMENT_TIMESTAMP;
}

/* The type of a value of the clock; false for CURRENT_USER and the like */
static bool
clock_type(SQLValueFunction *function, Oid *type)
{
	switch (function->op)
	{
		case SVFOP_CURRENT_DATE:
			*type = DATEOID;
			return true;
		case SVFOP_CURRENT_TIME:
		case SVFOP_CURRENT_TIME_N:
			*type = TIMETZOID;
			return true;
		case SVFOP_CURRENT_TIMESTAMP:
		case SVFOP_CURRENT_TIMESTAMP_N:
			*type = TIMESTAMPTZOID;
			return true;
		case SVFOP_LOCALTIME:
		case SVFOP_LOCALTIME_N:
			*type = TIMEOID;
			return true;
		case SVFOP_LOCALTIMESTAMP:
		case SVFOP_LOCALTIMESTAMP_N:
			*type = TIMESTAMPOID;
			return true;
		default:
			return false;
	}
}

static Datum
clock_value(TimestampTz now, Oid type, int32 typmod)
{
	Datum		value = TimestampTzGetDatum(now);
	Datum		precision = Int32GetDatum(typmod);

	switch (type)
	{
		case DATEOID:
			return DirectFunctionCall1(timestamptz_date, value);
		case TIMETZOID:
			value = DirectFunctionCall1(timestamptz_timetz, value);
			return typmod < 0 ? value : DirectFunctionCall2(timetz_scale, value, precision);
		case TIMEOID:
			value = DirectFunctionCall1(timestamptz_time, value);
			return typmod < 0 ? value : DirectFunctionCall2(time_scale, value, precision);
		case TIMESTAMPOID:
			value = DirectFunctionCall1(timestamptz_timestamp, value);
			return typmod < 0 ? value : DirectFunctionCall2(timestamp_scale, value, precision);
		default:
			return typmod < 0 ? value : DirectFunctionCall2(timestamptz_scale, value, precision);
	}
}

/* The parameter for a type and precision, made at its first use */
static int
frozen_parameter(GradualFrozen *frozen, Oid type, int32 typmod)
{
	int			i;

	for (i = 0; i < frozen->count; i++)
	{
		if (frozen->types[i] == type && frozen->typmods[i] == typmod)
			return frozen->first + i;
	}
	if (i == lengthof(frozen->types))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
				 errmsg("statement uses CURRENT_TIMESTAMP and its kin in too many precisions")));
	frozen->types[i] = type;
	frozen->typmods[i] = typmod;
	frozen->values[i] = clock_value(frozen->now, type, typmod);
	frozen->count++;
	return frozen->first + i;
}

/* The number of the parameter that replaces a node, 0 for none */
static int
parameter_for(Node *node, GradualFrozen *frozen)
{
	Oid			type;

	if (node == NULL)
		return 0;
	if (IsA(node, FuncCall) && is_now_call((FuncCall *) node))
		return frozen_parameter(frozen, TIMESTAMPTZOID, -1);
	if (IsA(node, SQLValueFunction) && clock_type((SQLValueFunction *) node, &type))
		return frozen_parameter(frozen, type, ((SQLValueFunction *) node)->typmod);
	return 0;
}

/*
 * A ParamRef is smaller than what it takes the place of, so the node itself
 * can become one, whoever points to it.
 */
static void
become_parameter(Node *node, int number)
{
	int			location = exprLocation(node);
	ParamRef   *parameter = (ParamRef *) node;

	StaticAssertStmt(sizeof(ParamRef) <= sizeof(SQLValueFunction), "no room for ParamRef");
	StaticAssertStmt(sizeof(ParamRef) <= sizeof(FuncCall), "no room for ParamRef");
	parameter->type = T_ParamRef;
	parameter->number = number;
	parameter->location = location;
}

static bool
freeze_walker(Node *node, void *arg)
{
	GradualFrozen *frozen = arg;
	int			number;

	if (node == NULL)
		return false;

	/* a column of a sub-select keeps the name that the call gave it */
	if (IsA(node, ResTarget))
	{
		ResTarget  *target = (ResTarget *) node;

		if (target->name == NULL && parameter_for(target->val, frozen) != 0)
			target->name = FigureColname(target->val);
	}
	number = parameter_for(node, frozen);
	if (number != 0)
	{
		become_parameter(node, number);
		return false;
	}
	return raw_expression_tree_walker(node, freeze_walker, arg);
}

void
gradual_rewrite_freeze(RawStmt *raw, GradualFrozen *frozen, int first, TimestampTz now)
{
	memset(frozen, 0, sizeof(*frozen));
	frozen->first = first;
	frozen->now = now;
	(void) freeze_walker(raw->stmt, frozen);
}
