/*
 * compile.c
 *	  From one group of the sync trigger's arguments to expressions that can be
 *	  evaluated over the rows of one relation.
 *
 * Anybody who has the TRIGGER privilege on a table writes these texts, so
 * nothing is taken for granted: only a single expression over the row passes,
 * by the rules of a CHECK constraint (no sub-select, aggregate, window or
 * set-returning function).
 *
 * The texts are qualified.  They are parsed under the search_path pg_catalog,
 * or a writer's own search_path could change what an operator in them means;
 * but planned under the writer's, since planning may run immutable functions
 * of users.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "rewrite/rewriteHandler.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/expression.h"
#include "base/identity.h"
#include "sync/compile.h"
#include "script/total.h"

static void compile_pair(Relation relation, const GradualSyncText *group, AttrNumber attnum,
						 GradualSyncColumn *column);
static AttrNumber find_column(Relation relation, const char *name);
static void compile_preset(Relation relation, GradualSyncColumn *column);
static Node *parse_value(Relation relation, const char *text, AttrNumber attnum);
static Node *parse_where(Relation relation, const char *text);
static Node *parse(Relation relation, const char *source, ParseState *pstate);
static Node *expand_generated(Node *node, void *relation);
static void plan(Node *parsed, GradualSyncExpression *expression, List **invalidations);
static List *read_settings(const char *sql);
static int	find_reads(Relation relation, AttrNumber own, Expr *expr, AttrNumber **reads);

void
gradual_sync_compile(Relation relation, const GradualSyncText *group,
					 GradualSyncColumn *column)
{
	AttrNumber	attnum = find_column(relation, group->column);
	Node	   *value;
	Node	   *where;

	memset(column, 0, sizeof(GradualSyncColumn));
	column->mode = group->mode;
	if (GRADUAL_SYNC_IS_PAIR(group->mode))
	{
		compile_pair(relation, group, attnum, column);
		return;
	}
	value = parse_value(relation, group->expression, attnum);
	where = parse_where(relation, group->where);
	plan(value, &column->value, &column->invalidations);
	plan(where, &column->where, &column->invalidations);

	column->settings = read_settings(group->settings);
	column->attnum = attnum;
	column->nreads = find_reads(relation, attnum, column->value.expr, &column->reads);
	column->nwhere_reads = find_reads(relation, attnum, column->where.expr,
									  &column->where_reads);
	column->on_change = group->mode == GRADUAL_SYNC_FILL || group->mode == GRADUAL_SYNC_REVERSE;
	if (column->on_change)
		compile_preset(relation, column);
}

/* Values are copied as they are, so only a domain may stand between the types. */
static void
compile_pair(Relation relation, const GradualSyncText *group, AttrNumber attnum,
			 GradualSyncColumn *column)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	AttrNumber	partner = find_column(relation, group->expression);
	Oid			type = TupleDescAttr(descriptor, partner - 1)->atttypid;

	if (getBaseType(TupleDescAttr(descriptor, attnum - 1)->atttypid) != getBaseType(type))
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("columns \"%s\" and \"%s\" have different types",
					   group->expression, group->column));
	column->attnum = attnum;
	compile_preset(relation, column);
	column->partner = partner;
	if (get_typtype(type) == TYPTYPE_DOMAIN)
		column->domain = type;
}

static AttrNumber
find_column(Relation relation, const char *name)
{
	AttrNumber	attnum = attnameAttNum(relation, name, false);

	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("column \"%s\" of relation \"%s\" does not exist",
					   name, RelationGetRelationName(relation)));
	if (TupleDescAttr(RelationGetDescr(relation), attnum - 1)->attgenerated)
		ereport(ERROR,
				errcode(ERRCODE_GENERATED_ALWAYS),
				errmsg("column \"%s\" of relation \"%s\" is a generated column",
					   name, RelationGetRelationName(relation)));
	return attnum;
}

/*
 * A volatile default gives another value each time: a new row cannot tell
 * whether it was given or not, and counts as given.
 */
static void
compile_preset(Relation relation, GradualSyncColumn *column)
{
	Node	   *preset = build_column_default(relation, column->attnum);

	if (contain_volatile_functions(preset))
		return;
	plan(preset, &column->preset, &column->invalidations);
	column->on_insert = true;
}

static Node *
parse_value(Relation relation, const char *text, AttrNumber attnum)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), attnum - 1);
	ParseState *pstate = make_parsestate(NULL);
	Node	   *value = parse(relation, text, pstate);

	value = coerce_to_target_type(pstate, value, exprType(value),
								  attribute->atttypid, attribute->atttypmod,
								  COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (value == NULL)
		ereport(ERROR,
				errcode(ERRCODE_DATATYPE_MISMATCH),
				errmsg("expression for column \"%s\" has the wrong type",
					   NameStr(attribute->attname)));
	assign_expr_collations(pstate, value);
	free_parsestate(pstate);
	return expand_generated(value, relation);
}

static Node *
parse_where(Relation relation, const char *text)
{
	ParseState *pstate;
	Node	   *where;

	if (text[0] == '\0')
		return NULL;
	pstate = make_parsestate(NULL);
	where = coerce_to_boolean(pstate, parse(relation, text, pstate), "WHERE");
	assign_expr_collations(pstate, where);
	free_parsestate(pstate);
	return expand_generated(where, relation);
}

/* Parse and analyze, with the relation's columns as the only names. */
static Node *
parse(Relation relation, const char *source, ParseState *pstate)
{
	int			level = gradual_identity_pin_reading();
	ParseNamespaceItem *row;
	Node	   *analyzed;

	pstate->p_sourcetext = source;
	row = addRangeTableEntryForRelation(pstate, relation, AccessShareLock,
										NULL, false, true);
	addNSItemToQuery(pstate, row, false, true, true);
	analyzed = transformExpr(pstate, gradual_expression_parse(source), EXPR_KIND_CHECK_CONSTRAINT);
	gradual_identity_unpin(level);
	return analyzed;
}

/*
 * A generated column has no value yet in a BEFORE trigger: its expression is
 * put in its place.
 */
static Node *
expand_generated(Node *node, void *relation)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varattno > 0)
	{
		Var		   *var = (Var *) node;
		TupleDesc	descriptor = RelationGetDescr((Relation) relation);
		Node	   *expression;

		if (!TupleDescAttr(descriptor, var->varattno - 1)->attgenerated)
			return node;
		expression = build_column_default(relation, var->varattno);
		if (exprCollation(expression) == var->varcollid)
			return expression;
		return (Node *) makeRelabelType((Expr *) expression, var->vartype,
										var->vartypmod, var->varcollid,
										COERCE_IMPLICIT_CAST);
	}
	return expression_tree_mutator(node, expand_generated, relation);
}

/*
 * Plan, and note what the result depends on.  All that a total expression calls
 * is built in and depends neither on who runs it nor on the transaction.
 */
static void
plan(Node *parsed, GradualSyncExpression *expression, List **invalidations)
{
	List	   *relations = NIL;
	List	   *items = NIL;

	expression->total = true;
	if (parsed == NULL)
		return;
	expression->expr = expression_planner_with_deps((Expr *) parsed, &relations, &items);
	*invalidations = list_concat(*invalidations, items);
	expression->total = gradual_total_expression((Node *) expression->expr);
	if (expression->total)
		expression->state = ExecInitExpr(expression->expr, NULL);
}

/*
 * Only those that say how values are read and written: others are the business
 * of whoever writes the row.
 */
static bool
is_about_values(const char *name)
{
	static const char *const names[] = {
		"array_nulls", "bytea_output", "DateStyle", "default_text_search_config",
		"extra_float_digits", "IntervalStyle", "lc_monetary", "lc_numeric", "lc_time",
		"TimeZone", "xmlbinary", "xmloption"
	};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (pg_strcasecmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* The last of a name counts. */
static List *
read_settings(const char *sql)
{
	List	   *settings = NIL;
	ListCell   *lc;

	foreach(lc, sql != NULL ? raw_parser(sql, RAW_PARSE_DEFAULT) : NIL)
	{
		VariableSetStmt *statement = (VariableSetStmt *) lfirst_node(RawStmt, lc)->stmt;
		GradualSyncSetting *setting;

		if (!IsA(statement, VariableSetStmt) || statement->kind != VAR_SET_VALUE ||
			!is_about_values(statement->name))
			continue;
		setting = palloc(sizeof(GradualSyncSetting));
		setting->name = statement->name;
		setting->value = ExtractSetVariableArgs(statement);
		settings = lappend(settings, setting);
	}
	return settings;
}

/* All columns but its own.  The whole row reads every column. */
static int
find_reads(Relation relation, AttrNumber own, Expr *expr, AttrNumber **reads)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	Bitmapset  *used = NULL;
	bool		all;
	int			count = 0;

	pull_varattnos((Node *) expr, 1, &used);
	all = bms_is_member(-FirstLowInvalidHeapAttributeNumber, used);
	*reads = palloc(descriptor->natts * sizeof(AttrNumber));
	for (AttrNumber attnum = 1; attnum <= descriptor->natts; attnum++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, attnum - 1);

		if (attnum == own || attribute->attisdropped || attribute->attgenerated)
			continue;
		if (all || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used))
			(*reads)[count++] = attnum;
	}
	return count;
}
