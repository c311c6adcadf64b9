/*
 * names.c
 *	  Names in raw parse trees.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"

#include "base/texts.h"
#include "base/token.h"
#include "recipe/names.h"
#include "recipe/steps.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "names.c must stay pure"
#endif

static char *
last_name(List *name)
{
	return strVal(llast(name));
}

bool
gradual_names_is_part(ObjectType type)
{
	return type == OBJECT_TRIGGER || type == OBJECT_RULE || type == OBJECT_POLICY;
}

List *
gradual_names_of_object(Node *object)
{
	/* a cast, a transform, a constraint of a domain: by its type */
	if (IsA(object, List) && IsA(linitial((List *) object), TypeName))
		object = linitial((List *) object);
	if (IsA(object, List))
		return (List *) object;
	if (IsA(object, ObjectWithArgs))
		return ((ObjectWithArgs *) object)->objname;
	if (IsA(object, TypeName))
		return ((TypeName *) object)->names;
	if (IsA(object, String))
		return list_make1(object);
	return NIL;
}

IntoClause *
gradual_names_into(Node *node)
{
	SelectStmt *select = (SelectStmt *) node;

	if (IsA(node, CreateTableAsStmt))
		return ((CreateTableAsStmt *) node)->into;
	if (!IsA(node, SelectStmt))
		return NULL;
	while (select->op != SETOP_NONE)
		select = select->larg;
	return select->intoClause;
}

/* The name of one object of DROP. */
static char *
dropped_name(Node *object)
{
	List	   *name = gradual_names_of_object(object);

	return name == NIL ? NULL : last_name(name);
}

/* With those of what goes along: an index of a table, what CASCADE takes. */
static List *
dropped_names(const GradualStatement *statement, DropStmt *drop)
{
	GradualCommand *command = linitial(statement->commands);
	List	   *names = command->drop != NULL ? list_copy(command->drop->names) : NIL;
	ListCell   *lc;

	foreach(lc, drop->objects)
	{
		char	   *name = dropped_name(lfirst(lc));

		if (name != NULL)
			names = lappend(names, name);
	}
	return names;
}

static List *
renamed_names(RenameStmt *rename)
{
	List	   *names = list_make1(rename->newname);

	if (rename->renameType == OBJECT_COLUMN)
		return NIL;
	if (rename->subname != NULL)
		names = lappend(names, rename->subname);
	else if (rename->relation != NULL)
		names = lappend(names, rename->relation->relname);
	if (rename->object != NULL && dropped_name(rename->object) != NULL)
		names = lappend(names, dropped_name(rename->object));
	return names;
}

static List *
single(char *name)
{
	return name == NULL ? NIL : list_make1(name);
}

static List *
enum_names(const AlterEnumStmt *alter)
{
	List	   *names = list_make2(last_name(alter->typeName), alter->newVal);

	return alter->oldVal == NULL ? names : lappend(names, alter->oldVal);
}

static List *
moved_names(const AlterObjectSchemaStmt *alter)
{
	char	   *name = alter->relation != NULL ? alter->relation->relname :
	dropped_name(alter->object);

	return list_concat(single(name), single(alter->newschema));
}

/* The index as it will be named: an unnamed one gets its name from PostgreSQL. */
static List *
index_names(const GradualStatement *statement)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->index != NULL && command->index->qualified != NULL)
			names = lappend(names, gradual_names_unqualified(command->index->qualified));
	}
	return names;
}

/* The names of objects in a list of a parse tree. */
static List *
object_names(List *objects)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, objects)
	{
		Node	   *object = lfirst(lc);
		char	   *name = IsA(object, RangeVar) ? ((RangeVar *) object)->relname :
		IsA(object, AccessPriv) ? ((AccessPriv *) object)->priv_name : dropped_name(object);

		if (name != NULL)
			names = lappend(names, name);
	}
	return names;
}

List *
gradual_names_altered(const GradualStatement *statement)
{
	Node	   *node = statement->node;

	switch (nodeTag(node))
	{
		case T_GrantStmt:
			return object_names(((GrantStmt *) node)->objects);
		case T_GrantRoleStmt:
			return object_names(((GrantRoleStmt *) node)->granted_roles);
		case T_TruncateStmt:
			return object_names(((TruncateStmt *) node)->relations);
		case T_AlterOwnerStmt:
			return object_names(list_make1(((AlterOwnerStmt *) node)->object));
		case T_AlterUserMappingStmt:
			return single(((AlterUserMappingStmt *) node)->servername);
		case T_DropUserMappingStmt:
			return single(((DropUserMappingStmt *) node)->servername);
		default:
			return gradual_names_defined(statement);
	}
}

/* Of the rarer forms. */
static List *
rare_names(Node *node)
{
	switch (nodeTag(node))
	{
		case T_AlterTableStmt:
			if (((AlterTableStmt *) node)->objtype == OBJECT_TABLE)
				return NIL;
			return single(((AlterTableStmt *) node)->relation->relname);
		case T_AlterDomainStmt:
			return single(last_name(((AlterDomainStmt *) node)->typeName));
		case T_AlterPolicyStmt:
			return single(((AlterPolicyStmt *) node)->policy_name);
		case T_AlterFunctionStmt:
			return single(last_name(((AlterFunctionStmt *) node)->func->objname));
		case T_AlterOperatorStmt:
			return single(last_name(((AlterOperatorStmt *) node)->opername->objname));
		case T_AlterOpFamilyStmt:
			return single(last_name(((AlterOpFamilyStmt *) node)->opfamilyname));
		case T_AlterTypeStmt:
			return single(last_name(((AlterTypeStmt *) node)->typeName));
		case T_AlterStatsStmt:
			return single(last_name(((AlterStatsStmt *) node)->defnames));
		case T_AlterTSDictionaryStmt:
			return single(last_name(((AlterTSDictionaryStmt *) node)->dictname));
		case T_AlterTSConfigurationStmt:
			return single(last_name(((AlterTSConfigurationStmt *) node)->cfgname));
		case T_AlterEventTrigStmt:
			return single(((AlterEventTrigStmt *) node)->trigname);
		case T_AlterFdwStmt:
			return single(((AlterFdwStmt *) node)->fdwname);
		case T_AlterForeignServerStmt:
			return single(((AlterForeignServerStmt *) node)->servername);
		case T_AlterPublicationStmt:
			return single(((AlterPublicationStmt *) node)->pubname);
		case T_AlterExtensionStmt:
			return single(((AlterExtensionStmt *) node)->extname);
		case T_AlterExtensionContentsStmt:
			return single(((AlterExtensionContentsStmt *) node)->extname);
		case T_CreateOpClassStmt:
			return single(last_name(((CreateOpClassStmt *) node)->opclassname));
		case T_CreateOpFamilyStmt:
			return single(last_name(((CreateOpFamilyStmt *) node)->opfamilyname));
		case T_CreateConversionStmt:
			return single(last_name(((CreateConversionStmt *) node)->conversion_name));
		case T_CreateAmStmt:
			return single(((CreateAmStmt *) node)->amname);
		case T_CreatePLangStmt:
			return single(((CreatePLangStmt *) node)->plname);
		case T_CreateFdwStmt:
			return single(((CreateFdwStmt *) node)->fdwname);
		case T_CreateForeignServerStmt:
			return single(((CreateForeignServerStmt *) node)->servername);
		case T_CreateEventTrigStmt:
			return single(((CreateEventTrigStmt *) node)->trigname);
		case T_CreatePublicationStmt:
			return single(((CreatePublicationStmt *) node)->pubname);
		default:
			return NIL;
	}
}

List *
gradual_names_defined(const GradualStatement *statement)
{
	Node	   *node = statement->node;

	switch (nodeTag(node))
	{
		case T_CreateStmt:
			return single(((CreateStmt *) node)->relation->relname);
		case T_CreateTableAsStmt:
		case T_SelectStmt:
			return single(gradual_names_into(node) == NULL ? NULL :
						  gradual_names_into(node)->rel->relname);
		case T_ViewStmt:
			return single(((ViewStmt *) node)->view->relname);
		case T_CreateSeqStmt:
			return single(((CreateSeqStmt *) node)->sequence->relname);
		case T_AlterSeqStmt:
			return single(((AlterSeqStmt *) node)->sequence->relname);
		case T_CompositeTypeStmt:
			return single(((CompositeTypeStmt *) node)->typevar->relname);
		case T_CreateEnumStmt:
			return single(last_name(((CreateEnumStmt *) node)->typeName));
		case T_CreateRangeStmt:
			return single(last_name(((CreateRangeStmt *) node)->typeName));
		case T_CreateDomainStmt:
			return single(last_name(((CreateDomainStmt *) node)->domainname));
		case T_AlterEnumStmt:
			return enum_names((AlterEnumStmt *) node);
		case T_DefineStmt:
			return single(last_name(((DefineStmt *) node)->defnames));
		case T_CreateFunctionStmt:
			return single(last_name(((CreateFunctionStmt *) node)->funcname));
		case T_CreateTrigStmt:
			return single(((CreateTrigStmt *) node)->trigname);
		case T_RuleStmt:
			return single(((RuleStmt *) node)->rulename);
		case T_CreatePolicyStmt:
			return single(((CreatePolicyStmt *) node)->policy_name);
		case T_CreateStatsStmt:
			if (((CreateStatsStmt *) node)->defnames == NIL)
				return NIL;
			return single(last_name(((CreateStatsStmt *) node)->defnames));
		case T_CreateExtensionStmt:
			return single(((CreateExtensionStmt *) node)->extname);
		case T_CreateSchemaStmt:
			return single(((CreateSchemaStmt *) node)->schemaname);
		case T_IndexStmt:
			return index_names(statement);
		case T_DropStmt:
			return dropped_names(statement, (DropStmt *) node);
		case T_RenameStmt:
			return renamed_names((RenameStmt *) node);
		case T_AlterObjectSchemaStmt:
			return moved_names((AlterObjectSchemaStmt *) node);
		default:
			return rare_names(node);
	}
}

bool
gradual_names_only_creates(const GradualStatement *statement)
{
	Node	   *node = statement->node;

	switch (nodeTag(node))
	{
		case T_ViewStmt:
			return !((ViewStmt *) node)->replace;
		case T_CreateFunctionStmt:
			return !((CreateFunctionStmt *) node)->replace;
		case T_DefineStmt:
			return !((DefineStmt *) node)->replace;
		case T_CreateTrigStmt:
			return !((CreateTrigStmt *) node)->replace;
		case T_RuleStmt:
			return !((RuleStmt *) node)->replace;
		case T_AlterSeqStmt:
		case T_AlterEnumStmt:
		case T_DropStmt:
		case T_RenameStmt:
		case T_AlterObjectSchemaStmt:
		case T_AlterTableStmt:
			return false;
		default:
			return strncmp(statement->tag, "ALTER ", strlen("ALTER ")) != 0;
	}
}

/* Was nothing of that name there before a CREATE? */
static bool
creates_anew(const GradualStatement *statement)
{
	GradualCommand *command = linitial(statement->commands);
	Node	   *node = statement->node;

	if (IsA(node, CreateSchemaStmt) && ((CreateSchemaStmt *) node)->if_not_exists)
		return false;
	return gradual_names_only_creates(statement) ||
		(command->table != NULL && command->table->created);
}

bool
gradual_names_created(const GradualScript *script, const GradualStatement *before,
					  const char *name, bool anew)
{
	ListCell   *lc;

	foreach(lc, script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number >= before->number || statement->dropped ||
			strncmp(statement->tag, "CREATE ", 7) != 0 ||
			((GradualCommand *) linitial(statement->commands))->noop ||
			(anew && !creates_anew(statement)))
			continue;
		if (gradual_texts_have(gradual_names_defined(statement), name))
			return true;
	}
	return false;
}

/*
 * How many bytes of the text are the name, 0 if it does not stand there.  A
 * quote in a name is doubled where the name is quoted.
 */
static int
mention_length(const char *at, const char *name)
{
	const char *start = at;

	for (; *name != '\0'; name++, at++)
	{
		if (pg_strncasecmp(at, name, 1) != 0)
			return 0;
		if (at[1] == *name && (*name == '"' || (*name == '\'' && name[1] != '\'')))
			at++;
	}
	return at - start;
}

bool
gradual_names_mentioned(const char *sql, const char *name)
{
	if (name[0] == '\0')
		return false;
	for (const char *at = sql; *at != '\0'; at++)
	{
		int			length = mention_length(at, name);

		if (length == 0)
			continue;
		if (at > sql && gradual_token_in_word(at[-1]) && gradual_token_in_word(name[0]))
			continue;
		if (gradual_token_in_word(at[length]) && gradual_token_in_word(at[length - 1]))
			continue;
		return true;
	}
	return false;
}

bool
gradual_names_any_mentioned(const char *sql, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (gradual_names_mentioned(sql, lfirst(lc)))
			return true;
	}
	return false;
}

char *
gradual_names_quoted(List *name)
{
	char	   *schema = list_length(name) > 1 ?
	strVal(list_nth(name, list_length(name) - 2)) : NULL;

	return quote_qualified_identifier(schema, last_name(name));
}

char *
gradual_names_range(const RangeVar *range)
{
	return quote_qualified_identifier(range->schemaname, range->relname);
}

char *
gradual_names_list(List *names)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, names)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", quote_identifier(lfirst(lc)));
	return text.data;
}

char *
gradual_names_creation(List *name)
{
	if (list_length(name) > 1)
		return quote_literal_cstr(gradual_names_quoted(name));
	return psprintf("pg_catalog.format('%%I.%%I', pg_catalog.current_schema(), %s)",
					quote_literal_cstr(last_name(name)));
}

char *
gradual_names_unqualified(const char *qualified)
{
	const char *end = qualified + strlen(qualified);
	const char *at = end;
	char	   *result;
	char	   *to;

	if (end == qualified || end[-1] != '"')
	{
		while (at > qualified && at[-1] != '.')
			at--;
		return pstrdup(at);
	}

	/* back over pairs of quotes to the one that opens the name */
	for (at = end - 2; at > qualified; at--)
	{
		if (*at != '"')
			continue;
		if (at[-1] != '"')
			break;
		at--;
	}
	to = result = palloc(end - at);
	for (at++; at < end - 1; at++)
	{
		*to++ = *at;
		if (*at == '"')
			at++;
	}
	*to = '\0';
	return result;
}

char *
gradual_names_schema_prefix(const char *qualified)
{
	const char *name = quote_identifier(gradual_names_unqualified(qualified));

	return pnstrdup(qualified, strlen(qualified) - strlen(name));
}

char *
gradual_names_type(const TypeName *type)
{
	StringInfoData text;

	if (type->pct_type || type->names == NIL)
		return NULL;
	initStringInfo(&text);
	appendStringInfoString(&text, gradual_names_quoted(type->names));
	for (int i = 0; i < list_length(type->arrayBounds); i++)
		appendStringInfoString(&text, "[]");
	return text.data;
}

char *
gradual_names_arguments(List *parameters)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, parameters)
	{
		FunctionParameter *parameter = lfirst(lc);
		char	   *type = gradual_names_type(parameter->argType);

		if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE)
			continue;
		if (type == NULL)
			return NULL;
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", type);
	}
	return text.data;
}
