/*
 * object_naming.c
 *	  Types, functions and the like, and labels of enums, that are called otherwise
 *	  until the swap.
 *
 * What the script renames keeps its old name until then.  So an enum that is
 * created under the name that another one gives up has to be called otherwise
 * until then.  The rehearsal knows them by their last names; what it deparses
 * for a step before the swap needs those that hold there.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/ident.h"
#include "base/token.h"
#include "script/object_naming.h"

typedef struct GradualLabelNaming
{
	Oid			type;
	char	   *before;			/* 'label', quoted */
	char	   *after;
} GradualLabelNaming;

static char *
qualified(Oid type)
{
	return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);
}

char *
gradual_object_naming_of(const ObjectAddress *object)
{
	switch (object->classId)
	{
		case TypeRelationId:
			return qualified(object->objectId);
		case ProcedureRelationId:
			return quote_qualified_identifier(get_namespace_name(get_func_namespace(object->objectId)),
											  get_func_name(object->objectId));
		case CollationRelationId:
			return getObjectIdentity(object, false);
		default:
			return NULL;
	}
}

static GradualObjectNaming *
find(const GradualRehearsal *rehearsal, const ObjectAddress *object)
{
	ListCell   *lc;

	foreach(lc, rehearsal->object_namings)
	{
		GradualObjectNaming *naming = lfirst(lc);

		if (naming->object.classId == object->classId &&
			naming->object.objectId == object->objectId)
			return naming;
	}
	return NULL;
}

static GradualObjectNaming *
add(GradualRehearsal *rehearsal, const ObjectAddress *object, char *before)
{
	GradualObjectNaming *naming = palloc0(sizeof(GradualObjectNaming));

	naming->object = *object;
	naming->before = before;
	rehearsal->object_namings = lappend(rehearsal->object_namings, naming);
	return naming;
}

void
gradual_object_naming_rename(GradualRehearsal *rehearsal, const ObjectAddress *object,
							 char *before)
{
	GradualObjectNaming *naming = find(rehearsal, object);

	if (naming == NULL)
		naming = add(rehearsal, object, before);
	naming->after = gradual_object_naming_of(object);
	rehearsal->command->object_naming = naming;
}

static bool
is_taken(const GradualRehearsal *rehearsal, const char *name)
{
	ListCell   *lc;

	foreach(lc, rehearsal->object_namings)
	{
		if (strcmp(((GradualObjectNaming *) lfirst(lc))->before, name) == 0)
			return true;
	}
	return false;
}

/* Until the swap; one that the script exchanges again may have the first such name. */
static char *
interim_name(const GradualRehearsal *rehearsal, const char *schema, const char *name)
{
	char	   *interim;

	do
	{
		name = gradual_ident_beside(name);
		interim = quote_qualified_identifier(schema, name);
	} while (is_taken(rehearsal, interim));
	return interim;
}

void
gradual_object_naming_create(GradualRehearsal *rehearsal, Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	ObjectAddress object;
	GradualObjectNaming *naming;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (is_taken(rehearsal, qualified(type)))
	{
		ObjectAddressSet(object, TypeRelationId, type);
		naming = add(rehearsal, &object,
					 interim_name(rehearsal, get_namespace_name(form->typnamespace),
								  NameStr(form->typname)));
		naming->after = qualified(type);
		naming->name = pstrdup(NameStr(form->typname));
		rehearsal->command->object_naming = naming;
	}
	ReleaseSysCache(tuple);
}

void
gradual_object_naming_label(GradualRehearsal *rehearsal, Oid type, const char *before,
							const char *after)
{
	GradualLabelNaming *naming = NULL;
	char	   *now = quote_literal_cstr(before);
	ListCell   *lc;

	foreach(lc, rehearsal->labels)
	{
		GradualLabelNaming *earlier = lfirst(lc);

		if (earlier->type == type && strcmp(earlier->after, now) == 0)
			naming = earlier;
	}
	if (naming == NULL)
	{
		naming = palloc(sizeof(GradualLabelNaming));
		naming->type = type;
		naming->before = now;
		rehearsal->labels = lappend(rehearsal->labels, naming);
	}
	naming->after = quote_literal_cstr(after);
}

void
gradual_object_naming_attribute(GradualRehearsal *rehearsal, const char *after)
{
	rehearsal->attributes = lappend(rehearsal->attributes, pstrdup(quote_identifier(after)));
}

static bool
in_word(char c)
{
	return gradual_token_in_word(c) || c == '"' || c == '.';
}

/*
 * A text names a function without the types of its arguments, so where others
 * have its last name it could be any of them.
 */
static void
refuse_overloaded(const GradualRehearsal *rehearsal, const GradualObjectNaming *naming)
{
	const ObjectAddress *object = &naming->object;
	char	   *name = object->classId == ProcedureRelationId ? get_func_name(object->objectId) : NULL;
	CatCList   *functions;
	int			count = 0;

	if (name == NULL)
		return;
	functions = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	for (int i = 0; i < functions->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&functions->members[i]->tuple);

		count += form->pronamespace == get_func_namespace(object->objectId);
	}
	ReleaseCatCacheList(functions);
	if (count > 1)
		gradual_script_refuse(rehearsal->statement, "a function that shares its new name",
							  psprintf("Several functions are called %s after the script, and one of them is %s until the swap: a step before it could not tell which is meant.",
									   naming->after, naming->before),
							  "Rename it in a migration of its own, before or after this one.");
}

/* The object whose last name stands there, as a word of its own; or NULL. */
static const GradualObjectNaming *
named_at(const GradualRehearsal *rehearsal, StringInfo before, const char *at)
{
	ListCell   *lc;

	if (before->len > 0 && in_word(before->data[before->len - 1]))
		return NULL;
	foreach(lc, rehearsal->object_namings)
	{
		const GradualObjectNaming *naming = lfirst(lc);
		size_t		length = strlen(naming->after);

		if (strncmp(at, naming->after, length) != 0 || in_word(at[length]))
			continue;
		refuse_overloaded(rehearsal, naming);
		return naming;
	}
	return NULL;
}

/* Where a constant or a quoted name ends that begins there. */
static const char *
end_of_quoted(const char *at)
{
	char		quote = *at;
	const char *end = at + 1;

	while (*end != '\0' && (*end != quote || end[1] == quote))
		end += *end == quote ? 2 : 1;
	return *end == quote ? end + 1 : end;
}

/* A constant, as "'label'::type" if it is one of an enum: its label in the result. */
static void
respell_constant(const GradualRehearsal *rehearsal, const char *at, const char *end,
				 StringInfo result)
{
	ListCell   *lc;

	foreach(lc, rehearsal->labels)
	{
		const GradualLabelNaming *naming = lfirst(lc);
		char	   *type = psprintf("::%s", qualified(naming->type));

		if (strlen(naming->after) == end - at && strncmp(at, naming->after, end - at) == 0 &&
			strncmp(end, type, strlen(type)) == 0 && !in_word(end[strlen(type)]))
		{
			appendStringInfoString(result, naming->before);
			return;
		}
	}
	appendBinaryStringInfo(result, at, end - at);
}

char *
gradual_object_naming_respell(const GradualRehearsal *rehearsal, const char *expression)
{
	const char *at = expression;
	StringInfoData result;

	if (expression == NULL)
		return NULL;
	initStringInfo(&result);
	while (*at != '\0')
	{
		const GradualObjectNaming *naming = named_at(rehearsal, &result, at);
		const char *end = naming != NULL ? at + strlen(naming->after) :
		*at == '\'' || *at == '"' ? end_of_quoted(at) : at + 1;

		if (naming != NULL)
			appendStringInfoString(&result, naming->before);
		else if (*at == '\'')
			respell_constant(rehearsal, at, end, &result);
		else
			appendBinaryStringInfo(&result, at, end - at);
		at = end;
	}
	return result.data;
}

/* A text has '(expression).attribute', and does not say of which type. */
static void
refuse_attribute(const GradualRehearsal *rehearsal, const char *at)
{
	ListCell   *lc;

	foreach(lc, rehearsal->attributes)
	{
		const char *after = lfirst(lc);

		if (strncmp(at, after, strlen(after)) == 0 && !in_word(at[strlen(after)]))
			gradual_script_refuse(rehearsal->statement, "an attribute with a new name",
								  psprintf("It makes something anew that reads an attribute %s. Until the swap that has its old name, if it is the one that the script renames.",
										   after),
								  "Rename it in a migration of its own, before or after this one.");
	}
}

char *
gradual_object_naming_copy(const GradualRehearsal *rehearsal, const char *definition)
{
	const char *at = definition;

	while (at != NULL && (at = strstr(at, ").")) != NULL)
	{
		at += strlen(").");
		refuse_attribute(rehearsal, at);
	}
	return gradual_object_naming_respell(rehearsal, definition);
}

/* --- labels that come to light --- */

static bool has_label(const GradualRehearsal *rehearsal, Oid type);

static bool
has_label_within(const GradualRehearsal *rehearsal, Oid row_type)
{
	TupleDesc	columns = lookup_rowtype_tupdesc(row_type, -1);
	bool		found = false;

	for (int i = 0; i < columns->natts && !found; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		found = !column->attisdropped && has_label(rehearsal, column->atttypid);
	}
	ReleaseTupleDesc(columns);
	return found;
}

/* Is it such an enum, or an array, a domain, a range, or a row with one? */
static bool
has_label(const GradualRehearsal *rehearsal, Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);
	ListCell   *lc;

	if (!OidIsValid(element))
		element = get_range_subtype(base);
	if (!OidIsValid(element))
		element = get_multirange_range(base);
	if (OidIsValid(element))
		return has_label(rehearsal, element);
	foreach(lc, rehearsal->labels)
	{
		if (((GradualLabelNaming *) lfirst(lc))->type == base)
			return true;
	}
	return get_typtype(base) == TYPTYPE_COMPOSITE && has_label_within(rehearsal, base);
}

static bool
any_has_label(const GradualRehearsal *rehearsal, List *expressions)
{
	ListCell   *lc;

	foreach(lc, expressions)
	{
		if (has_label(rehearsal, exprType(lfirst(lc))))
			return true;
	}
	return false;
}

/* What a function, or what the grammar has in its place, makes its result of. */
static List *
arguments_of(Node *node)
{
	List	   *arguments = NIL;
	ListCell   *lc;

	switch (nodeTag(node))
	{
		case T_CoerceViaIO:
			return list_make1(((CoerceViaIO *) node)->arg);
		case T_FuncExpr:
			return ((FuncExpr *) node)->args;
		case T_OpExpr:
			/* what is compared stays hidden */
			return exprType(node) == BOOLOID ? NIL : ((OpExpr *) node)->args;
		case T_RowExpr:
			return ((RowExpr *) node)->args;
		case T_WindowFunc:
			return ((WindowFunc *) node)->args;
		case T_XmlExpr:
			return list_concat_copy(((XmlExpr *) node)->named_args, ((XmlExpr *) node)->args);
		case T_Aggref:
			foreach(lc, ((Aggref *) node)->args)
				arguments = lappend(arguments, lfirst_node(TargetEntry, lc)->expr);
			return arguments;
		default:
			return gradual_compat_json_arguments(node);
	}
}

static bool
shows_label(Node *node, void *context)
{
	GradualRehearsal *rehearsal = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, shows_label, context, 0);
	if (any_has_label(rehearsal, arguments_of(node)) && !has_label(rehearsal, exprType(node)))
		return true;
	return expression_tree_walker(node, shows_label, context);
}

bool
gradual_object_naming_shows_label(GradualRehearsal *rehearsal, Node *expression)
{
	return rehearsal->labels != NIL && shows_label(expression, rehearsal);
}
