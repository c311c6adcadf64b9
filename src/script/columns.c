/*
 * columns.c
 *	  Sets of columns, by name and by number, and generated columns.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "script/columns.h"

typedef struct ExpandContext
{
	Relation	rel;
	Index		varno;
} ExpandContext;

static Node *expand(Node *node, void *context);
static Node *generation_expression(Relation rel, AttrNumber number);

Bitmapset *
gradual_columns_numbers(Oid relid, List *names)
{
	Bitmapset  *numbers = NULL;
	ListCell   *cell;

	foreach(cell, names)
	{
		AttrNumber	number = get_attnum(relid, lfirst(cell));

		if (number != InvalidAttrNumber)
			numbers = bms_add_member(numbers,
									 number - FirstLowInvalidHeapAttributeNumber);
	}
	return numbers;
}

List *
gradual_columns_written(Relation rel, List *assigned)
{
	Bitmapset  *numbers = gradual_columns_numbers(RelationGetRelid(rel), assigned);
	List	   *written = list_copy(assigned);
	int			i;

	for (i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute column = TupleDescAttr(RelationGetDescr(rel), i);
		Bitmapset  *read = NULL;

		if (column->attisdropped || column->attgenerated == '\0')
			continue;
		pull_varattnos(generation_expression(rel, i + 1), 1, &read);
		if (bms_overlap(read, numbers))
			written = lappend(written, pstrdup(NameStr(column->attname)));
	}
	return written;
}

Node *
gradual_columns_expand(Node *expr, Relation rel, Index varno)
{
	ExpandContext context;

	context.rel = rel;
	context.varno = varno;
	return expand(expr, &context);
}

static Node *
expand(Node *node, void *context)
{
	ExpandContext *expansion = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno == expansion->varno && var->varlevelsup == 0 &&
			var->varattno > 0 &&
			TupleDescAttr(RelationGetDescr(expansion->rel),
						  var->varattno - 1)->attgenerated != '\0')
		{
			node = generation_expression(expansion->rel, var->varattno);
			ChangeVarNodes(node, 1, expansion->varno, 0);
			return node;
		}
	}
	return expression_tree_mutator(node, expand, context);
}

/* As the server computes it: in the column's type and collation. */
static Node *
generation_expression(Relation rel, AttrNumber number)
{
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(rel), number - 1);
	Node	   *expr = build_column_default(rel, number);

	if (expr == NULL)
		elog(ERROR, "generated column %d of \"%s\" has no expression",
			 number, RelationGetRelationName(rel));
	if (OidIsValid(column->attcollation) &&
		column->attcollation != exprCollation(expr))
	{
		CollateExpr *collate = makeNode(CollateExpr);

		collate->arg = (Expr *) expr;
		collate->collOid = column->attcollation;
		collate->location = -1;
		expr = (Node *) collate;
	}
	return expr;
}
