/*
 * rows.c
 *	  Which columns a query reads without naming them.
 *
 * The bodies of functions are texts here, in which nothing is found.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "base/texts.h"
#include "recipe/names.h"
#include "recipe/rows.h"
#include "recipe/spell.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "rows.c must stay pure"
#endif

/* By what the statement, or the table or view that it makes, reads rows; or NULL. */
static Node *
query_of(Node *node)
{
	switch (nodeTag(node))
	{
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
		case T_SelectStmt:
			return node;
		case T_CreateTableAsStmt:
			return query_of(((CreateTableAsStmt *) node)->query);
		case T_ViewStmt:
			return query_of(((ViewStmt *) node)->query);
		default:
			return NULL;		/* the walker knows no other statements */
	}
}

/* What a table is called in a query */
typedef struct Calls
{
	List	   *tables;			/* of char *: the names that it has */
	List	   *names;			/* of char * */
	List	   *own;			/* of char *: its columns, which a name that
								 * stands alone means first */
	bool		columns;		/* look for lists of columns only, not for
								 * rows */
	bool		read;			/* its columns are among those that '*' means */
} Calls;

static bool
find_calls(Node *node, void *context)
{
	Calls	   *calls = context;
	RangeVar   *table = (RangeVar *) node;

	if (node == NULL)
		return false;
	if (IsA(node, RangeVar) && gradual_texts_have(calls->tables, table->relname))
		calls->names = lappend(calls->names, table->alias != NULL ?
							   table->alias->aliasname : table->relname);
	return raw_expression_tree_walker(node, find_calls, context);
}

/* '*', 't.*', or the row as a whole: to_jsonb(t)? */
static bool
is_row(const ColumnRef *column, const Calls *calls)
{
	int			count = list_length(column->fields);
	Node	   *last = llast(column->fields);

	if (!IsA(last, A_Star))
		return count == 1 && gradual_texts_have(calls->names, strVal(last)) &&
			!gradual_texts_have(calls->own, strVal(last));
	return count == 1 ? calls->read :
		gradual_texts_have(calls->names, strVal(list_nth(column->fields, count - 2)));
}

static bool
is_star(const ColumnRef *column)
{
	return IsA(column, ColumnRef) && IsA(llast(column->fields), A_Star);
}

static bool
has_star(Node *node, void *context)
{
	return node != NULL && (is_star((ColumnRef *) node) ||
							raw_expression_tree_walker(node, has_star, context));
}

/* In a text '(*)' has no column either; whatever else there is could be one. */
static bool
has_star_within(const char *text)
{
	for (const char *at = strchr(text, '*'); at != NULL; at = strchr(at + 1, '*'))
	{
		if (at == text ||at[-1] != '(' || at[1] != ')')
			return true;
	}
	return false;
}

bool
gradual_rows_star(const GradualStatement *statement)
{
	Node	   *query = query_of(statement->node);

	return query != NULL ? has_star(query, NULL) : has_star_within(statement->sql);
}

/* In a list of what is selected, '*' is a list of columns, not a row. */
static bool
is_list(const ResTarget *target)
{
	return target->val != NULL && is_star((ColumnRef *) target->val);
}

/* EXISTS (SELECT * ..) asks for no column. */
static bool
reads_row(Node *node, void *context)
{
	SelectStmt	without;
	const Calls *calls = context;

	if (node == NULL)
		return false;
	if (calls->columns && IsA(node, ResTarget) && is_list((ResTarget *) node))
		return is_row((ColumnRef *) ((ResTarget *) node)->val, calls);
	if (IsA(node, ColumnRef))
		return !calls->columns && is_row((ColumnRef *) node, calls);
	if (IsA(node, SubLink) && ((SubLink *) node)->subLinkType == EXISTS_SUBLINK &&
		((SelectStmt *) ((SubLink *) node)->subselect)->op == SETOP_NONE)
	{
		without = *(SelectStmt *) ((SubLink *) node)->subselect;
		without.targetList = NIL;
		return raw_expression_tree_walker((Node *) &without, reads_row, context);
	}
	return raw_expression_tree_walker(node, reads_row, context);
}

static bool
reads(const GradualStatement *statement, const GradualTable *table, bool columns)
{
	Calls		calls = {.tables = gradual_spell_names(table),.own = table->columns,.columns = columns};
	Node	   *query = query_of(statement->node);

	if (query == NULL)
		return false;
	calls.read = !gradual_spell_is_dml(statement) ||
		list_member_ptr(((GradualCommand *) linitial(statement->commands))->reads, table);
	(void) find_calls(query, &calls);
	return reads_row(query, &calls);
}

/* All columns of its tables count then, though none is named. */
bool
gradual_rows_whole(const GradualStatement *statement, const GradualTable *table)
{
	return reads(statement, table, false) ||
		(query_of(statement->node) != NULL && gradual_names_mentioned(statement->sql, "natural"));
}

bool
gradual_rows_listed(const GradualStatement *statement, const GradualTable *table)
{
	return reads(statement, table, true);
}

static bool
gives_names(Node *node, void *context)
{
	RangeVar   *range = (RangeVar *) node;

	if (node == NULL)
		return false;
	if (IsA(node, RangeVar))
		return range->alias != NULL && range->alias->colnames != NIL &&
			gradual_texts_have(context, range->relname);
	return raw_expression_tree_walker(node, gives_names, context);
}

bool
gradual_rows_renamed(const GradualStatement *statement, const GradualTable *table)
{
	Node	   *query = query_of(statement->node);

	return query != NULL && gives_names(query, gradual_spell_names(table));
}

/* x without its table, or USING (x) */
static bool
names_bare(Node *node, void *context)
{
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		List	   *fields = ((ColumnRef *) node)->fields;

		return list_length(fields) == 1 && IsA(linitial(fields), String) &&
			strcmp(strVal(linitial(fields)), context) == 0;
	}
	foreach(lc, IsA(node, JoinExpr) ? ((JoinExpr *) node)->usingClause : NIL)
	{
		if (strcmp(strVal(lfirst(lc)), context) == 0)
			return true;
	}
	return raw_expression_tree_walker(node, names_bare, context);
}

bool
gradual_rows_name_bare(const GradualStatement *statement, char *column)
{
	Node	   *query = query_of(statement->node);

	return query != NULL && names_bare(query, column);
}
