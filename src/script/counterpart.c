/*
 * counterpart.c
 *	  An expression over one table, over the columns of another one that go by the
 *	  same names: those of a clone are mostly those of its real table.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "script/counterpart.h"

typedef struct Counterpart
{
	Relation	from;
	Relation	to;
	Index		varno;
	bool		missing;		/* a column that 'to' has not */
} Counterpart;

static AttrNumber
column_of(const Counterpart *counterpart, AttrNumber number)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(counterpart->from), number - 1);
	AttrNumber	same = get_attnum(RelationGetRelid(counterpart->to), NameStr(attribute->attname));

	if (same <= 0 ||
		TupleDescAttr(RelationGetDescr(counterpart->to), same - 1)->atttypid != attribute->atttypid)
		return InvalidAttrNumber;
	return same;
}

static Node *
exchange(Node *node, void *arg)
{
	Counterpart *counterpart = arg;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = copyObject((Var *) node);
		AttrNumber	number = var->varattno > 0 ? column_of(counterpart, var->varattno) : 0;

		if (number == InvalidAttrNumber || var->varno != counterpart->varno)
			counterpart->missing = true;
		var->varno = 1;
		var->varattno = number;
		return (Node *) var;
	}
	return expression_tree_mutator(node, exchange, arg);
}

Node *
gradual_counterpart(Node *node, Index varno, Relation from, Relation to)
{
	Counterpart counterpart = {.from = from,.to = to,.varno = varno};
	Node	   *result = exchange(node, &counterpart);

	return counterpart.missing ? NULL : result;
}
