/*
 * retype.c
 *	  Rehearsing ALTER COLUMN .. TYPE: what PostgreSQL would refuse, and what the
 *	  change does to the table.
 *
 * Clones have no views, policies and the like, so what depends on the column is
 * read from pg_depend of the real table; what the script drops before is taken
 * out.  Whether rows, indexes or constraints would be looked at under lock is
 * found out as ALTER TABLE itself does it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/tablecmds.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "base/spi.h"
#include "script/facts.h"
#include "script/lookup.h"
#include "script/redirect.h"
#include "script/retype.h"

static void check_inheritance(const GradualRelation *relation, const AlterTableStmt *alter,
							  const char *column);
static void check_dependents(GradualRehearsal *rehearsal, const GradualRelation *relation,
							 const char *column);
static void refuse_dependent(GradualRehearsal *rehearsal, Oid catalog, Oid object, Oid relation,
							 const char *column);
static bool is_gone(GradualRehearsal *rehearsal, Oid oid);
static Node *conversion(GradualRehearsal *rehearsal, const GradualRelation *relation,
						AlterTableCmd *command);
static bool requires_rewrite(Node *expression, AttrNumber column);
static bool is_harmless(Oid old_type, Oid new_type);
static char *index_signature(const GradualRelation *relation);
static bool has_dependent_text(const GradualRelation *relation, AttrNumber column);

GradualRetype *
gradual_retype_begin(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 const AlterTableStmt *alter, const AlterTableCmd *command)
{
	GradualRetype *retype = palloc0(sizeof(GradualRetype));
	AlterTableCmd *copy = copyObject((AlterTableCmd *) command);
	AttrNumber	number = get_attnum(relation->clone, command->name);
	Node	   *expression;

	retype->column = pstrdup(command->name);
	if (OidIsValid(relation->oid))
	{
		check_inheritance(relation, alter, command->name);
		check_dependents(rehearsal, relation, command->name);
	}
	if (number <= 0)
		return retype;			/* PostgreSQL will say so */

	gradual_redirect_subcommand(rehearsal, copy);
	expression = conversion(rehearsal, relation, copy);
	retype->old_type = gradual_facts_type(relation->clone, command->name);
	retype->old_type_id = get_atttype(relation->clone, number);
	retype->rewrites = expression == NULL || requires_rewrite(expression, number);
	retype->indexes_before = index_signature(relation);
	return retype;
}

void
gradual_retype_end(GradualRehearsal *rehearsal, const GradualRelation *relation,
				   GradualRetype *retype)
{
	AttrNumber	number = get_attnum(relation->clone, retype->column);

	retype->type = gradual_facts_type(relation->clone, retype->column);
	retype->widens = is_harmless(retype->old_type_id, get_atttype(relation->clone, number));
	retype->in_place = !retype->rewrites && !has_dependent_text(relation, number) &&
		strcmp(retype->indexes_before, index_signature(relation)) == 0;
}

/* --- what PostgreSQL refuses --- */

/* A clone is no child, no parent and of no type. */
static void
check_inheritance(const GradualRelation *relation, const AlterTableStmt *alter,
				  const char *column)
{
	Relation	rel = relation_open(relation->oid, NoLock);
	AttrNumber	number = get_attnum(relation->oid, column);

	if (OidIsValid(rel->rd_rel->reloftype))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot alter column type of typed table")));
	if (number > 0 && TupleDescAttr(RelationGetDescr(rel), number - 1)->attinhcount > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot alter inherited column \"%s\"", column)));
	if (!alter->relation->inh && rel->rd_rel->relhassubclass)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("type of inherited column \"%s\" must be changed in child tables too",
						column)));
	if (number > 0)
		find_composite_type_dependencies(rel->rd_rel->reltype, rel, NULL);
	relation_close(rel, NoLock);
}

static void
check_dependents(GradualRehearsal *rehearsal, const GradualRelation *relation,
				 const char *column)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	List	   *rows;
	ListCell   *lc;

	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, column);
	rows = gradual_spi_rows("SELECT d.classid, d.objid, COALESCE(r.ev_class, 0)"
							" FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
							" LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid"
							" WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND a.attname = $2::name"
							" AND d.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,"
							"  'pg_proc'::regclass, 'pg_publication_rel'::regclass)"
							" ORDER BY d.classid, d.objid", &args);
	AtEOXact_GUC(true, level);
	foreach(lc, rows)
		refuse_dependent(rehearsal, gradual_row_oid(lfirst(lc), 1), gradual_row_oid(lfirst(lc), 2),
						 gradual_row_oid(lfirst(lc), 3), column);
}

/* In PostgreSQL's words; relation: of a rule, whose view may be gone. */
static void
refuse_dependent(GradualRehearsal *rehearsal, Oid catalog, Oid object, Oid relation,
				 const char *column)
{
	ObjectAddress address;
	const char *message;

	if (OidIsValid(relation) && is_gone(rehearsal, relation))
		return;
	switch (catalog)
	{
		case RewriteRelationId:
			message = "cannot alter type of a column used by a view or rule";
			break;
		case TriggerRelationId:
			message = "cannot alter type of a column used in a trigger definition";
			break;
		case PolicyRelationId:
			message = "cannot alter type of a column used in a policy definition";
			break;
		case ProcedureRelationId:
			message = "cannot alter type of a column used by a function or procedure";
			break;
		default:
			message = "cannot alter type of a column used by a publication WHERE clause";
			break;
	}
	ObjectAddressSet(address, catalog, object);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg_internal("%s", message),
			 errdetail("%s depends on column \"%s\"", getObjectDescription(&address, false),
					   column),
			 errhint("Drop it before it in the script, and create it again after it.")));
}

static bool
is_gone(GradualRehearsal *rehearsal, Oid oid)
{
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->oid == oid && relation->gone)
			return true;
	}
	return false;
}

/* --- what the change does --- */

/*
 * The planned expression that turns the old value into the new one, as ALTER
 * TABLE makes it; NULL if there is none, which it will report itself.
 */
static Node *
conversion(GradualRehearsal *rehearsal, const GradualRelation *relation, AlterTableCmd *command)
{
	ColumnDef  *definition = castNode(ColumnDef, command->def);
	AttrNumber	number = get_attnum(relation->clone, command->name);
	Relation	rel = relation_open(relation->clone, NoLock);
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), number - 1);
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item;
	Oid			type;
	int32		modifier;
	Node	   *expression;

	pstate->p_sourcetext = rehearsal->script->text;
	typenameTypeIdAndMod(pstate, definition->typeName, &type, &modifier);
	item = addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL, false, true);
	addNSItemToQuery(pstate, item, false, true, true);
	if (definition->raw_default != NULL)
		expression = transformExpr(pstate, definition->raw_default,
								   EXPR_KIND_ALTER_COL_TRANSFORM);
	else
		expression = (Node *) makeVar(1, number, attribute->atttypid, attribute->atttypmod,
									  attribute->attcollation, 0);
	expression = coerce_to_target_type(pstate, expression, exprType(expression), type, modifier,
									   COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (expression != NULL)
	{
		assign_expr_collations(pstate, expression);
		expression = (Node *) expression_planner((Expr *) expression);
	}
	free_parsestate(pstate);
	relation_close(rel, NoLock);
	return expression;
}

/*
 * As ATColumnChangeRequiresRewrite() has it, which is not exported; but between
 * timestamp and timestamptz it is the time zone of the session that decides,
 * and a worker may have another one.
 */
static bool
requires_rewrite(Node *expression, AttrNumber column)
{
	for (;;)
	{
		if (IsA(expression, Var) && ((Var *) expression)->varattno == column)
			return false;
		if (IsA(expression, RelabelType))
			expression = (Node *) ((RelabelType *) expression)->arg;
		else if (IsA(expression, CoerceToDomain))
		{
			if (DomainHasConstraints(((CoerceToDomain *) expression)->resulttype))
				return true;
			expression = (Node *) ((CoerceToDomain *) expression)->arg;
		}
		else
			return true;
	}
}

/* Types that the application cannot tell apart, as long as no value is too long. */
static bool
is_harmless(Oid old_type, Oid new_type)
{
	return old_type == new_type ||
		(old_type == VARCHAROID && new_type == TEXTOID) ||
		(old_type == TEXTOID && new_type == VARCHAROID) ||
		(old_type == CIDROID && new_type == INETOID);
}

/* With another operator class or collation an index is built again. */
static char *
index_signature(const GradualRelation *relation)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, relation->clone);
	row = gradual_spi_row("SELECT COALESCE(string_agg(concat_ws(' ', c.relname, i.indclass, i.indcollation), ', ' ORDER BY c.relname), '')"
						  " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1",
						  &args);
	AtEOXact_GUC(true, level);
	return gradual_row_text(row, 1);
}

/*
 * Is there an index over an expression with the column, or with a predicate, or
 * a constraint, whose text is parsed again?  Then PostgreSQL builds it, or
 * checks all rows, whatever the types are.  (On a clone a CHECK stands in for a
 * foreign key as well.)
 */
static bool
has_dependent_text(const GradualRelation *relation, AttrNumber column)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, relation->clone);
	gradual_args_int(&args, column);
	row = gradual_spi_row("SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = $1 AND contype = 'c' AND $2 = ANY (conkey))"
						  " OR EXISTS (SELECT FROM pg_depend d JOIN pg_index i ON i.indexrelid = d.objid"
						  "  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
						  "  AND d.refobjid = $1 AND d.refobjsubid = $2 AND i.indrelid = $1"
						  "  AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))"
						  " OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = $1 AND i.indpred IS NOT NULL AND $2 = ANY (i.indkey))",
						  &args);
	AtEOXact_GUC(true, level);
	return gradual_row_bool(row, 1, false);
}
