/*
 * type_naming.c
 *	  Types that are called otherwise until the swap.
 *
 * A type that the script renames keeps its old name until then.  So an enum that
 * is created under the name that another one gives up has to be called otherwise
 * until then.  The rehearsal knows them by their last names; what it deparses
 * for a step before the swap needs those that hold there.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/ident.h"
#include "script/type_naming.h"

static char *
qualified(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
}

static GradualTypeNaming *
find(const GradualRehearsal *rehearsal, Oid type)
{
	ListCell   *lc;

	foreach(lc, rehearsal->type_namings)
	{
		GradualTypeNaming *naming = lfirst(lc);

		if (naming->type == type)
			return naming;
	}
	return NULL;
}

/* Its command refers to it: both are about one type. */
static GradualTypeNaming *
add(GradualRehearsal *rehearsal, Oid type, char *before)
{
	GradualTypeNaming *naming = palloc0(sizeof(GradualTypeNaming));

	naming->type = type;
	naming->before = before;
	rehearsal->type_namings = lappend(rehearsal->type_namings, naming);
	return naming;
}

void
gradual_type_naming_rename(GradualRehearsal *rehearsal, Oid type, char *before)
{
	GradualTypeNaming *naming = find(rehearsal, type);

	if (naming == NULL)
		naming = add(rehearsal, type, before);
	naming->after = qualified(type);
	rehearsal->command->type_naming = naming;
}

static bool
is_taken(const GradualRehearsal *rehearsal, const char *name)
{
	ListCell   *lc;

	foreach(lc, rehearsal->type_namings)
	{
		if (strcmp(((GradualTypeNaming *) lfirst(lc))->before, name) == 0)
			return true;
	}
	return false;
}

void
gradual_type_naming_create(GradualRehearsal *rehearsal, Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	GradualTypeNaming *naming;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (is_taken(rehearsal, qualified(type)))
	{
		naming = add(rehearsal, type,
					 quote_qualified_identifier(get_namespace_name(form->typnamespace),
												gradual_ident_beside(NameStr(form->typname))));
		naming->after = qualified(type);
		naming->name = pstrdup(NameStr(form->typname));
		rehearsal->command->type_naming = naming;
	}
	ReleaseSysCache(tuple);
}

static bool
in_word(char c)
{
	return IS_HIGHBIT_SET(c) || isalnum((unsigned char) c) || (c != '\0' && strchr("_$\".", c) != NULL);
}

/* The type whose last name stands there, as a word of its own; or NULL. */
static const GradualTypeNaming *
named_at(const GradualRehearsal *rehearsal, const char *text, const char *at)
{
	ListCell   *lc;

	if (at > text &&in_word(at[-1]))
		return NULL;
	foreach(lc, rehearsal->type_namings)
	{
		const GradualTypeNaming *naming = lfirst(lc);
		size_t		length = strlen(naming->after);

		if (strncmp(at, naming->after, length) == 0 && !in_word(at[length]))
			return naming;
	}
	return NULL;
}

char *
gradual_type_naming_respell(const GradualRehearsal *rehearsal, const char *text)
{
	StringInfoData result;
	bool		in_string = false;

	if (text == NULL)
		return NULL;
	initStringInfo(&result);
	for (const char *at = text; *at != '\0';)
	{
		const GradualTypeNaming *naming = in_string ? NULL : named_at(rehearsal, text, at);

		if (naming != NULL)
		{
			appendStringInfoString(&result, naming->before);
			at += strlen(naming->after);
			continue;
		}
		if (*at == '\'')
			in_string = !in_string;
		appendStringInfoChar(&result, *at++);
	}
	return result.data;
}
