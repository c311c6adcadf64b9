/*
 * texts.c
 *	  Lists of texts.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/texts.h"

List *
gradual_texts_copy(MemoryContext context, List *texts)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *copy = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		copy = lappend(copy, pstrdup(lfirst(lc)));
	MemoryContextSwitchTo(old);
	return copy;
}

bool
gradual_texts_have(List *texts, const char *sought)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		if (lfirst(lc) != NULL && strcmp(lfirst(lc), sought) == 0)
			return true;
	}
	return false;
}

char *
gradual_texts_literals(List *texts)
{
	StringInfoData literals;
	ListCell   *lc;

	initStringInfo(&literals);
	foreach(lc, texts)
		appendStringInfo(&literals, "%s%s", literals.len > 0 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));
	return literals.data;
}

List *
gradual_texts_of_array(ArrayType *array)
{
	Datum	   *values;
	bool	   *nulls;
	int			count;
	List	   *texts = NIL;

	deconstruct_array_builtin(array, TEXTOID, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		texts = lappend(texts, nulls[i] ? NULL : TextDatumGetCString(values[i]));
	return texts;
}
