/*
 * harmless.c
 *	  Can a copy refuse a change that is carried over to it?
 *
 * If nothing in the copy can raise, its statements run as part of the
 * application's own; else each takes a subtransaction.  So what is not known here
 * counts as something that can raise.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/texts.h"
#include "script/mapping.h"
#include "script/total.h"
#include "sync/harmless.h"

static bool
cannot_raise(Node *expression)
{
	return expression == NULL ||
		gradual_total_expression((Node *) expression_planner((Expr *) copyObject(expression)));
}

static bool
is_nullable_or_filled(const GradualHarmlessCopy *copy, Form_pg_attribute attribute)
{
	ListCell   *lc;

	if (!attribute->attnotnull || attribute->attisdropped)
		return true;
	foreach(lc, copy->columns)
	{
		GradualMapped *mapped = lfirst(lc);
		AttrNumber	number;

		if (strcmp(mapped->column, NameStr(attribute->attname)) != 0)
			continue;
		if (IsA(mapped->value, Const))
			return !((Const *) mapped->value)->constisnull;
		number = mapped->copied == NULL ? InvalidAttrNumber :
			get_attnum(RelationGetRelid(copy->source), mapped->copied);
		return number > 0 &&
			TupleDescAttr(RelationGetDescr(copy->source), number - 1)->attnotnull;
	}
	return attribute->atthasdef || attribute->attidentity != '\0';
}

static bool
fits(const GradualHarmlessCopy *copy, const GradualMapped *mapped)
{
	AttrNumber	number = get_attnum(RelationGetRelid(copy->target), mapped->column);
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(copy->target), number - 1);
	Node	   *value = (Node *) mapped->value;

	if (exprType(value) != attribute->atttypid ||
		get_typtype(attribute->atttypid) == TYPTYPE_DOMAIN ||
		(attribute->atttypmod >= 0 && exprTypmod(value) != attribute->atttypmod))
		return gradual_mapping_is_of_key(copy->key, mapped->column);
	return cannot_raise(value);
}

static bool
tells_copies_apart(const GradualHarmlessCopy *copy, const char *column)
{
	return gradual_texts_have(copy->key->constants, column) || gradual_mapping_is_of_key(copy->key, column);
}

/* A unique index over what identifies the copy, or one that refuses nothing */
static bool
is_harmless_index(const GradualHarmlessCopy *copy, Oid oid)
{
	Relation	index = index_open(oid, AccessShareLock);
	Form_pg_index form = index->rd_index;
	bool		harmless = heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL) &&
	heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, NULL) &&
	!form->indisexclusion;

	for (int i = 0; form->indisunique && harmless && i < form->indnkeyatts; i++)
		harmless = tells_copies_apart(copy, get_attname(RelationGetRelid(copy->target),
														form->indkey.values[i], false));
	index_close(index, AccessShareLock);
	return harmless;
}

/* Is there nothing about the table itself that could refuse a row? */
static bool
is_plain(Relation target)
{
	TupleConstr *constr = RelationGetDescr(target)->constr;

	return target->rd_rel->relkind == RELKIND_RELATION && target->trigdesc == NULL &&
		target->rd_rules == NULL && !target->rd_rel->relrowsecurity &&
		(constr == NULL || (constr->num_check == 0 && !constr->has_generated_stored));
}

bool
gradual_harmless_copy(const GradualHarmlessCopy *copy)
{
	TupleDesc	descriptor = RelationGetDescr(copy->target);
	ListCell   *lc;

	if (!is_plain(copy->target) || !cannot_raise(copy->where))
		return false;
	for (int i = 0; i < descriptor->natts; i++)
	{
		if (!is_nullable_or_filled(copy, TupleDescAttr(descriptor, i)))
			return false;
	}
	foreach(lc, copy->columns)
	{
		if (!fits(copy, lfirst(lc)))
			return false;
	}
	foreach(lc, RelationGetIndexList(copy->target))
	{
		if (!is_harmless_index(copy, lfirst_oid(lc)))
			return false;
	}
	return true;
}
