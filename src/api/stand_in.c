/*
 * stand_in.c
 *	  What the steps of RENAME TABLE and SET SCHEMA call, about the view that has
 *	  the new name until the swap.
 *
 * Both run with the rights of the migration's owner, and do nothing that the
 * owner could not do by hand.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "base/errors.h"
#include "base/ident.h"
#include "base/spi.h"

PG_FUNCTION_INFO_V1(gradual_copy_privileges);
PG_FUNCTION_INFO_V1(gradual_refuse_dependents);

static Oid
find(FunctionCallInfo fcinfo, int argument, char **name)
{
	Oid			relation;

	*name = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	relation = gradual_ident_find(*name);
	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation %s does not exist", *name)));
	return relation;
}

/*
 * Grant on the second relation what others than the owner may do with the first,
 * and with its columns: as it is now, so nothing is lost that was granted after
 * the plan was made.
 */
Datum
gradual_copy_privileges(PG_FUNCTION_ARGS)
{
	char	   *from;
	char	   *to;
	Oid			table = find(fcinfo, 0, &from);
	GradualArgs args = {0};
	ListCell   *lc;

	(void) find(fcinfo, 1, &to);
	gradual_args_oid(&args, OIDOID, table);
	gradual_args_text(&args, to);
	foreach(lc, gradual_spi_rows("SELECT pg_catalog.format('GRANT %s%s ON TABLE %s TO %s%s', a.privilege_type,"
								 " ' (' || pg_catalog.quote_ident(granted.attname) || ')', $2,"
								 " CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC'"
								 "  ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,"
								 " CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)"
								 " FROM (SELECT NULL::pg_catalog.name, relacl, relowner"
								 "  FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) $1"
								 "  UNION ALL SELECT t.attname, t.attacl, c.relowner"
								 "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute t"
								 "   ON t.attrelid OPERATOR(pg_catalog.=) c.oid AND NOT t.attisdropped"
								 "  WHERE c.oid OPERATOR(pg_catalog.=) $1) AS granted (attname, acl, owner),"
								 " pg_catalog.aclexplode(granted.acl) AS a"
								 " WHERE a.grantee OPERATOR(pg_catalog.<>) granted.owner", &args))
		gradual_spi_run(gradual_row_text(lfirst(lc), 1), NULL);
	PG_RETURN_VOID();
}

/* What else depends on the view would have to be dropped with it. */
Datum
gradual_refuse_dependents(PG_FUNCTION_ARGS)
{
	char	   *view;
	Oid			oid = find(fcinfo, 0, &view);
	GradualArgs args = {0};
	GradualRow *row;
	char	   *dependents;

	gradual_args_oid(&args, OIDOID, oid);
	row = gradual_spi_row("SELECT pg_catalog.string_agg(DISTINCT CASE WHEN r.oid IS NULL THEN"
						  "  pg_catalog.pg_describe_object(d.classid, d.objid, 0)"
						  "  ELSE pg_catalog.pg_describe_object(d.refclassid, r.ev_class, 0) END, ', ')"
						  " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_depend d"
						  "  ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
						  "   AND d.refobjid OPERATOR(pg_catalog.=) c.oid"
						  "  OR d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass"
						  "   AND d.refobjid OPERATOR(pg_catalog.=) c.reltype"
						  " LEFT JOIN pg_catalog.pg_rewrite r ON r.oid OPERATOR(pg_catalog.=) d.objid"
						  "  AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
						  " WHERE c.oid OPERATOR(pg_catalog.=) $1 AND d.deptype OPERATOR(pg_catalog.=) 'n'"
						  "  AND r.ev_class IS DISTINCT FROM c.oid", &args);
	dependents = gradual_row_text(row, 1);
	if (dependents != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("other objects depend on the view %s", view),
				 errdetail("The view makes room for the table of its name, and with it would go: %s.",
						   dependents),
				 errhint("Drop them, or make them anew on what the view reads, and then complete again.")));
	PG_RETURN_VOID();
}
