/*
 * undo_function.c
 *	  What takes back a function or procedure that a step makes, or replaces.
 *
 * The query runs right before the step, its texts at rollback.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "ledger/step.h"
#include "recipe/names.h"
#include "recipe/undo_function.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "undo_function.c must stay pure"
#endif

/*
 * CREATE OR REPLACE gives the arguments of the function c defaults and names, but
 * takes none away: would it have to, in the other direction?
 */
static char *
grows_by(List *parameters, int *defaults)
{
	StringInfoData condition;
	ListCell   *lc;

	*defaults = 0;
	initStringInfo(&condition);
	appendStringInfoString(&condition, "c.oid IS NOT NULL AND (");
	foreach(lc, parameters)
	{
		FunctionParameter *parameter = lfirst(lc);

		if (parameter->defexpr != NULL)
			(*defaults)++;
		if (parameter->name != NULL)
			appendStringInfo(&condition, "COALESCE(c.proargnames[%d], '') = '' OR ",
							 foreach_current_index(lc) + 1);
	}
	appendStringInfo(&condition, "c.pronargdefaults < %d) AS grows", *defaults);
	return condition.data;
}

/*
 * What brings the function c back: in place, or made anew with all that hangs
 * on it if the new one has more than can be taken away; DROP if there is none.
 */
static char *
function_again(const char *what)
{
	static const char *const parts =
	"SELECT 1 AS n, 'DROP %1$s IF EXISTS ' || created.name AS undo WHERE c.oid IS NULL OR grows"
	" UNION ALL SELECT 2, pg_catalog.pg_get_functiondef(c.oid) WHERE c.oid IS NOT NULL"
	" UNION ALL SELECT 3, pg_catalog.format('ALTER %1$s %%s OWNER TO %%I', created.name, pg_catalog.pg_get_userbyid(c.proowner)) WHERE grows"
	" UNION ALL SELECT 4, pg_catalog.format('REVOKE ALL ON %1$s %%s FROM PUBLIC, %%I', created.name, pg_catalog.pg_get_userbyid(c.proowner)) WHERE grows AND c.proacl IS NOT NULL"
	" UNION ALL SELECT 5, pg_catalog.format('GRANT %%s ON %1$s %%s TO %%s', p.privilege_type, created.name, CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.grantee)) END || CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) FROM pg_catalog.aclexplode(c.proacl) p WHERE grows"
	" UNION ALL SELECT 6, pg_catalog.format('COMMENT ON %1$s %%s IS %%L', created.name, pg_catalog.obj_description(c.oid, 'pg_proc')) WHERE grows AND pg_catalog.obj_description(c.oid, 'pg_proc') IS NOT NULL";

	return psprintf(parts, what);
}

bool
gradual_undo_function(GradualStep *step, const CreateFunctionStmt *create)
{
	char	   *arguments = gradual_names_arguments(create->parameters);
	char	   *grows;
	int			defaults;

	if (arguments == NULL)
		return false;
	grows = grows_by(create->parameters, &defaults);
	if (create->replace && defaults > 0)
		step->reversible = "if nothing else uses it";
	step->undo_query = psprintf("SELECT again.undo FROM (SELECT %1$s || %2$s AS name) AS created"
								" LEFT JOIN pg_catalog.pg_proc c ON c.oid = pg_catalog.to_regprocedure(created.name),"
								" LATERAL (SELECT %3$s) AS grows, LATERAL (%4$s) AS again ORDER BY again.n",
								gradual_names_creation(create->funcname),
								quote_literal_cstr(psprintf("(%s)", arguments)),
								grows,
								function_again(create->is_procedure ? "PROCEDURE" : "FUNCTION"));
	return true;
}
