/*
 * undo_object.c
 *	  What undoes the making of rare objects, and changes of objects that are no
 *	  relations.
 *
 * The same holds as in undo.c: a query runs right before the statement, with
 * its settings, and must not raise.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"

#include "recipe/names.h"
#include "recipe/undo_object.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "undo_object.c must stay pure"
#endif

static void
drop(GradualStep *step, const char *what, const char *name)
{
	step->undo = list_make1(psprintf("DROP %s IF EXISTS %s", what, name));
}

/* Unless it was there before IF NOT EXISTS. */
static void
drop_if_new(GradualStep *step, const char *what, const char *name, const char *catalog,
			const char *column, bool if_not_exists)
{
	if (!if_not_exists)
		drop(step, what, quote_identifier(name));
	else
		step->undo_query = psprintf("SELECT %s WHERE NOT EXISTS (SELECT FROM pg_catalog.%s WHERE %s = %s)",
									quote_literal_cstr(psprintf("DROP %s IF EXISTS %s", what,
																quote_identifier(name))),
									catalog, column, quote_literal_cstr(name));
}

static bool
undo_cast(GradualStep *step, const CreateCastStmt *create)
{
	char	   *source = gradual_names_type(create->sourcetype);
	char	   *target = gradual_names_type(create->targettype);

	if (source == NULL || target == NULL)
		return false;
	drop(step, "CAST", psprintf("(%s AS %s)", source, target));
	return true;
}

static char *
role_of(const RoleSpec *role)
{
	switch (role->roletype)
	{
		case ROLESPEC_CSTRING:
			return pstrdup(quote_identifier(role->rolename));
		case ROLESPEC_PUBLIC:
			return "PUBLIC";
		default:
			return "CURRENT_USER";
	}
}

static bool
undo_user_mapping(GradualStep *step, const CreateUserMappingStmt *create)
{
	if (create->if_not_exists)
		return false;
	drop(step, "USER MAPPING", psprintf("FOR %s SERVER %s", role_of(create->user),
										quote_identifier(create->servername)));
	return true;
}

/* 'f(integer, text)' as a literal; NULL if it cannot be written. */
static char *
signature(const ObjectWithArgs *function)
{
	StringInfoData arguments;
	ListCell   *lc;

	initStringInfo(&arguments);
	foreach(lc, function->objargs)
	{
		char	   *type = gradual_names_type(lfirst(lc));

		if (type == NULL)
			return NULL;
		appendStringInfo(&arguments, "%s%s", arguments.len > 0 ? ", " : "", type);
	}
	return quote_literal_cstr(psprintf("%s(%s)", gradual_names_quoted(function->objname),
									   arguments.data));
}

/* An expression for the OID of a function; NULL if it cannot be written. */
static char *
function_oid(const ObjectWithArgs *function)
{
	char	   *literal;

	if (function->args_unspecified)
		return psprintf("pg_catalog.to_regproc(%s)",
						quote_literal_cstr(gradual_names_quoted(function->objname)));
	literal = signature(function);
	return literal == NULL ? NULL : psprintf("pg_catalog.to_regprocedure(%s)", literal);
}

/* Of something that has its name within a relation. */
static char *
comment_of_part(List *name, const char *catalog, const char *relation, const char *column)
{
	List	   *table = list_truncate(list_copy(name), list_length(name) - 1);

	return psprintf("(SELECT pg_catalog.obj_description(oid, '%1$s') FROM pg_catalog.%1$s WHERE %2$s = pg_catalog.to_regclass(%3$s) AND %4$s = %5$s)",
					catalog, relation, quote_literal_cstr(gradual_names_quoted(table)), column,
					quote_literal_cstr(strVal(llast(name))));
}

char *
gradual_undo_object_comment(const CommentStmt *comment)
{
	Node	   *object = comment->object;
	char	   *oid;

	switch (comment->objtype)
	{
		case OBJECT_FUNCTION:
		case OBJECT_PROCEDURE:
		case OBJECT_ROUTINE:
			oid = function_oid((ObjectWithArgs *) object);
			return oid == NULL ? NULL :
				psprintf("pg_catalog.obj_description(%s, 'pg_proc')", oid);
		case OBJECT_TABCONSTRAINT:
			return comment_of_part((List *) object, "pg_constraint", "conrelid", "conname");
		case OBJECT_TRIGGER:
			return comment_of_part((List *) object, "pg_trigger", "tgrelid", "tgname");
		case OBJECT_RULE:
			return comment_of_part((List *) object, "pg_rewrite", "ev_class", "rulename");
		case OBJECT_POLICY:
			return comment_of_part((List *) object, "pg_policy", "polrelid", "polname");
		case OBJECT_EXTENSION:
			return psprintf("(SELECT pg_catalog.obj_description(oid, 'pg_extension') FROM pg_catalog.pg_extension WHERE extname = %s)",
							quote_literal_cstr(strVal(object)));
		default:
			return NULL;
	}
}

/* As it was defined before, with all options that ALTER FUNCTION can set. */
static bool
undo_function(GradualStep *step, const AlterFunctionStmt *alter)
{
	char	   *oid = function_oid(alter->func);

	if (oid == NULL)
		return false;
	step->undo_query = psprintf("SELECT pg_catalog.pg_get_functiondef(%s)", oid);
	return true;
}

/* The statistics object that a name means, in the search path or its schema. */
static void
undo_statistics(GradualStep *step, const AlterStatsStmt *alter)
{
	char	   *name = strVal(llast(alter->defnames));
	const char *where = list_length(alter->defnames) > 1 ?
	psprintf("n.nspname = %s", quote_literal_cstr(strVal(linitial(alter->defnames)))) :
	"pg_catalog.pg_statistics_obj_is_visible(s.oid)";

	step->undo_query = psprintf("SELECT pg_catalog.format('ALTER STATISTICS %%I.%%I SET STATISTICS %%s', n.nspname, s.stxname, COALESCE(s.stxstattarget, -1)) FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxname = %s AND %s",
								quote_literal_cstr(name), where);
}

bool
gradual_undo_object(GradualStep *step, const GradualRecipeState *state,
					const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	switch (nodeTag(node))
	{
		case T_AlterFunctionStmt:
			if (gradual_names_created(state->script, command->statement,
									  strVal(llast(((AlterFunctionStmt *) node)->func->objname)), true))
				return true;
			return undo_function(step, (AlterFunctionStmt *) node);
		case T_AlterStatsStmt:
			undo_statistics(step, (AlterStatsStmt *) node);
			return true;
		case T_CreateCastStmt:
			return undo_cast(step, (CreateCastStmt *) node);
		case T_CreateOpClassStmt:
			drop(step, "OPERATOR CLASS",
				 psprintf("%s USING %s", gradual_names_quoted(((CreateOpClassStmt *) node)->opclassname),
						  quote_identifier(((CreateOpClassStmt *) node)->amname)));
			if (((CreateOpClassStmt *) node)->opfamilyname == NIL)
				drop(step, "OPERATOR FAMILY",
					 psprintf("%s USING %s", gradual_names_quoted(((CreateOpClassStmt *) node)->opclassname),
							  quote_identifier(((CreateOpClassStmt *) node)->amname)));
			return true;
		case T_CreateOpFamilyStmt:
			drop(step, "OPERATOR FAMILY",
				 psprintf("%s USING %s", gradual_names_quoted(((CreateOpFamilyStmt *) node)->opfamilyname),
						  quote_identifier(((CreateOpFamilyStmt *) node)->amname)));
			return true;
		case T_CreateConversionStmt:
			drop(step, "CONVERSION", gradual_names_quoted(((CreateConversionStmt *) node)->conversion_name));
			return true;
		case T_CreateAmStmt:
			drop(step, "ACCESS METHOD", quote_identifier(((CreateAmStmt *) node)->amname));
			return true;
		case T_CreateFdwStmt:
			drop(step, "FOREIGN DATA WRAPPER", quote_identifier(((CreateFdwStmt *) node)->fdwname));
			return true;
		case T_CreateForeignServerStmt:
			drop_if_new(step, "SERVER", ((CreateForeignServerStmt *) node)->servername,
						"pg_foreign_server", "srvname",
						((CreateForeignServerStmt *) node)->if_not_exists);
			return true;
		case T_CreateUserMappingStmt:
			return undo_user_mapping(step, (CreateUserMappingStmt *) node);
		case T_CreateEventTrigStmt:
			drop(step, "EVENT TRIGGER", quote_identifier(((CreateEventTrigStmt *) node)->trigname));
			return true;
		case T_AlterDefaultPrivilegesStmt:
		case T_CreatePLangStmt:
		case T_CreateTransformStmt:
		case T_GrantRoleStmt:
			return false;
		default:
			return true;
	}
}
