/*
 * reverse.c
 *	  Expressions by which a column that the script drops follows the new shape.
 *
 * An expression is checked as 'UPDATE table SET column = expression' on the
 * clone, so it may use the columns that the script has added by then.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/regproc.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/expression.h"
#include "base/spi.h"
#include "script/change.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/redirect.h"
#include "script/reverse.h"

static void
refuse_value(const char *detail, const char *key)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"reverse\""),
			 errdetail(detail, key)));
}

void
gradual_reverse_read(GradualScript *script, const char *json)
{
	GradualArgs args = {0};
	ListCell   *lc;

	gradual_args_text(&args, json);
	foreach(lc, gradual_spi_rows("SELECT j.key, j.value #>> '{}', pg_catalog.jsonb_typeof(j.value)"
								 " FROM pg_catalog.jsonb_each($1::pg_catalog.jsonb) j", &args))
	{
		GradualRow *row = lfirst(lc);
		GradualReverse *reverse = palloc0(sizeof(GradualReverse));

		reverse->key = gradual_row_text(row, 1);
		reverse->expression = gradual_row_text(row, 2);
		if (strcmp(gradual_row_text(row, 3), "string") != 0)
			refuse_value("The value of \"%s\" must be a string: an expression over the new row.",
						 reverse->key);
		reverse->name = stringToQualifiedNameList(reverse->key, NULL);
		if (list_length(reverse->name) < 2)
			refuse_value("\"%s\" must name a column as table.column.", reverse->key);
		script->reverses = lappend(script->reverses, reverse);
	}
}

static GradualReverse *
find(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *column)
{
	ListCell   *lc;

	foreach(lc, rehearsal->script->reverses)
	{
		GradualReverse *reverse = lfirst(lc);
		List	   *table = list_truncate(list_copy(reverse->name),
										  list_length(reverse->name) - 1);

		if (!reverse->used && strcmp(strVal(llast(reverse->name)), column) == 0 &&
			gradual_lookup_find(rehearsal, makeRangeVarFromNameList(table), true) == relation)
			return reverse;
	}
	return NULL;
}

/* UPDATE clone SET column = expression */
static RawStmt *
update_of(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *column,
		  const char *expression)
{
	UpdateStmt *update = makeNode(UpdateStmt);
	RawStmt    *raw = makeNode(RawStmt);
	ResTarget  *target = makeNode(ResTarget);
	Node	   *value = gradual_expression_parse(expression);

	gradual_redirect(rehearsal, value);
	target->name = pstrdup(column);
	target->val = value;
	update->relation = gradual_clone_name(relation);
	update->targetList = list_make1(target);
	raw->stmt = (Node *) update;
	return raw;
}

char *
gradual_reverse_expression(GradualRehearsal *rehearsal, const GradualRelation *relation,
						   const char *column)
{
	GradualReverse *reverse = find(rehearsal, relation, column);
	GradualChange *change;

	if (reverse == NULL)
		return NULL;
	reverse->used = true;
	rehearsal->context.own_text = true;
	rehearsal->context.reverse = reverse->key;
	change = gradual_change_analyze(update_of(rehearsal, relation, column, reverse->expression),
									reverse->expression, relation->table);
	rehearsal->context.own_text = false;
	rehearsal->context.reverse = NULL;
	if (change->assignments == NIL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
				 errmsg("reverse expression of \"%s\" does not follow from the row itself",
						reverse->key),
				 errdetail("A trigger computes it for each row that is written, so it can use the row's own columns only.")));
	return gradual_lookup_restore(rehearsal,
								  ((GradualAssignment *) linitial(change->assignments))->expression);
}

void
gradual_reverse_check_used(const GradualScript *script)
{
	ListCell   *lc;

	foreach(lc, script->reverses)
	{
		GradualReverse *reverse = lfirst(lc);

		if (!reverse->used)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("reverse names \"%s\", which the script does not drop", reverse->key),
					 errdetail("It says how a column that the script drops follows the new ones until complete.")));
	}
}
