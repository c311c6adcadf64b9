/*
 * expression.c
 *	  The raw parse tree of a text that is one expression.
 *
 * If we crash here, nothing was done.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"

#include "base/expression.h"

/* '*' alone, which parse analysis takes for granted not to meet */
static bool
is_star(Node *expression)
{
	return IsA(expression, ColumnRef) &&
		IsA(linitial(((ColumnRef *) expression)->fields), A_Star);
}

Node *
gradual_expression_parse(const char *sql)
{
	List	   *parsed = raw_parser(sql, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select = castNode(SelectStmt, linitial_node(RawStmt, parsed)->stmt);
	SelectStmt *bare = makeNode(SelectStmt);
	Node	   *expression = NULL;

	/* the grammar takes the rest of a SELECT too: FROM, WHERE, LIMIT .. */
	bare->targetList = select->targetList;
	if (list_length(select->targetList) == 1 && equal(select, bare))
		expression = linitial_node(ResTarget, select->targetList)->val;
	if (expression == NULL || is_star(expression))
		ereport(ERROR,
				errcode(ERRCODE_SYNTAX_ERROR),
				errmsg("not a single expression: \"%s\"", sql));
	return expression;
}
