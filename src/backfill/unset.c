/*
 * unset.c
 *	  The statement of a batch over rows that may have been filled in part.
 *
 * Where a row does not tell by its tuple that it is not done, only its values
 * are left to ask, column by column: one that the application has set meanwhile
 * stays, the others get theirs.  The raw tree is changed, as in rewrite.c.
 *
 * Invariant: a row that was changed once does not meet the condition again, unless
 * a value is made anew each time (random()) and came out as the column was.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "parser/parser.h"

#include "backfill/unset.h"

static Node *
column_of(RawStmt *raw, const char *column)
{
	ColumnRef  *result = makeNode(ColumnRef);

	result->fields = list_make2(makeString(pstrdup(gradual_rewrite_alias(raw, NULL))),
								makeString(pstrdup(column)));
	result->location = -1;
	return (Node *) result;
}

/* Without a length, so that a value that is too long raises as it does in SET */
static Node *
cast_to(Node *value, Oid type)
{
	TypeCast   *result = makeNode(TypeCast);

	result->arg = value;
	result->typeName = makeTypeNameFromOid(type, -1);
	result->location = -1;
	return (Node *) result;
}

static Node *
null_test(Node *value)
{
	NullTest   *result = makeNode(NullTest);

	result->arg = (Expr *) value;
	result->nulltesttype = IS_NULL;
	result->location = -1;
	return (Node *) result;
}

static Node *
row_of(Node *value)
{
	RowExpr    *result = makeNode(RowExpr);

	result->args = list_make1(value);
	result->row_format = COERCE_EXPLICIT_CALL;
	result->location = -1;
	return (Node *) result;
}

/*
 * Is the value what the column came with?  By image, since not every type has an
 * "=".  Where that was a default, the application has written a NULL.
 */
static Node *
is_unset(Node *value, const GradualUnset *column)
{
	A_Const    *preset;

	if (column->preset == NULL)
		return null_test(value);
	preset = makeNode(A_Const);
	preset->val.sval.type = T_String;
	preset->val.sval.sval = pstrdup(column->preset);
	preset->location = -1;
	return (Node *) makeFuncCall(SystemFuncName("record_image_eq"),
								 list_make2(row_of(cast_to(value, column->type)),
											row_of(cast_to((Node *) preset, column->type))),
								 COERCE_EXPLICIT_CALL, -1);
}

/* NULL: DEFAULT, which can stand nowhere else, or a part of a column */
static Node *
assigned_value(const ResTarget *target)
{
	MultiAssignRef *multiple = (MultiAssignRef *) target->val;

	if (target->indirection != NIL || IsA(target->val, SetToDefault))
		return NULL;
	if (!IsA(multiple, MultiAssignRef))
		return target->val;
	if (!IsA(multiple->source, RowExpr) ||
		list_length(((RowExpr *) multiple->source)->args) != multiple->ncolumns)
		return NULL;
	target = list_nth(((RowExpr *) multiple->source)->args, multiple->colno - 1);
	return IsA(target, SetToDefault) ? NULL : (Node *) target;
}

/* Set the column only where it is unset; returns in which rows that does something */
static Node *
keep_column(RawStmt *raw, ResTarget *target, const GradualUnset *column)
{
	Node	   *unset = is_unset(column_of(raw, column->column), column);
	Node	   *value = assigned_value(target);
	CaseExpr   *either;
	CaseWhen   *when;

	if (value == NULL)
		return unset;
	value = cast_to(value, column->type);
	when = makeNode(CaseWhen);
	when->expr = (Expr *) copyObject(unset);
	when->result = (Expr *) value;
	when->location = -1;
	either = makeNode(CaseExpr);
	either->args = list_make1(when);
	either->defresult = (Expr *) column_of(raw, column->column);
	either->location = -1;
	target->val = (Node *) either;
	if (!column->steady)
		return unset;
	return (Node *) makeBoolExpr(AND_EXPR,
								 list_make2(unset,
											makeBoolExpr(NOT_EXPR,
														 list_make1(is_unset(copyObject(value), column)),
														 -1)), -1);
}

void
gradual_unset_only(RawStmt *raw, List *columns)
{
	List	   *tests = NIL;
	ListCell   *lc;
	ListCell   *column;

	foreach(lc, castNode(UpdateStmt, raw->stmt)->targetList)
	{
		ResTarget  *target = lfirst_node(ResTarget, lc);

		foreach(column, columns)
		{
			GradualUnset *unset = lfirst(column);

			if (strcmp(unset->column, target->name) == 0)
				tests = lappend(tests, keep_column(raw, target, unset));
		}
	}
	gradual_rewrite_and_where(raw, list_length(tests) == 1 ? linitial(tests) :
							  (Node *) makeBoolExpr(OR_EXPR, tests, -1));
}
