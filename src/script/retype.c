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

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
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
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "base/spi.h"
#include "script/below.h"
#include "script/bridge.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/closure.h"
#include "script/gather.h"
#include "script/columns.h"
#include "script/facts.h"
#include "script/hung.h"
#include "script/lookup.h"
#include "script/member.h"
#include "script/published.h"
#include "script/redirect.h"
#include "script/retype.h"
#include "script/row_text.h"
#include "script/sequence.h"
#include "script/steady.h"
#include "script/total.h"
#include "script/object_naming.h"
#include "script/obstacle.h"

static void check_inheritance(GradualRehearsal *rehearsal, const GradualRelation *relation,
							  const AlterTableStmt *alter, const char *column);
static void check_dependents(GradualRehearsal *rehearsal, const GradualRelation *relation,
							 GradualRetype *retype);
static bool is_dropped(GradualRehearsal *rehearsal, Oid view);
static bool is_out(GradualRehearsal *rehearsal, Oid table, Oid catalog, Oid object);
static void refuse_dependent(Oid catalog, Oid object, const char *column);
static Node *conversion(GradualRehearsal *rehearsal, const GradualRelation *relation,
						AlterTableCmd *command);
static bool requires_rewrite(Node *expression, AttrNumber column);
static bool is_harmless(Oid old_type, Oid new_type);
static char *index_signature(const GradualRelation *relation);
static bool has_dependent_text(const GradualRelation *relation, const char *column);
static void look_at_conversion(GradualRehearsal *rehearsal, GradualRetype *retype,
							   const GradualRelation *relation, Node *expression);
static void look_at_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
						   GradualRetype *retype);
static void look_at_hung(const GradualRelation *relation, GradualRetype *retype);
static void add_bridge(GradualRehearsal *rehearsal, GradualTable *table,
					   const GradualRetype *retype);

static bool
has_columns_behind(Oid clone, AttrNumber number)
{
	Relation	rel = relation_open(clone, NoLock);
	bool		found = false;

	for (int i = number; i < RelationGetNumberOfAttributes(rel); i++)
		found |= !TupleDescAttr(RelationGetDescr(rel), i)->attisdropped;
	relation_close(rel, NoLock);
	return found;
}

GradualRetype *
gradual_retype_begin(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 const AlterTableStmt *alter, const AlterTableCmd *command)
{
	GradualRetype *retype = palloc0(sizeof(GradualRetype));
	AlterTableCmd *copy = copyObject((AlterTableCmd *) command);
	AttrNumber	number = get_attnum(relation->clone, command->name);
	Oid			collation;

	retype->column = pstrdup(command->name);
	retype->original = pstrdup(gradual_bridge_original(relation->table, command->name));
	if (OidIsValid(relation->oid))
	{
		check_inheritance(rehearsal, relation, alter, retype->original);
		check_dependents(rehearsal, relation, retype);
	}
	if (number <= 0)
		return retype;			/* PostgreSQL will say so */

	gradual_redirect_subcommand(rehearsal, copy);
	retype->old_type = gradual_facts_type(relation->clone, command->name);
	get_atttypetypmodcoll(relation->clone, number, &retype->old_type_id, &retype->old_modifier,
						  &collation);
	retype->rewrites = true;
	retype->indexes_before = index_signature(relation);
	retype->generated = get_attgenerated(relation->clone, number);
	retype->moves = has_columns_behind(relation->clone, number);
	look_at_conversion(rehearsal, retype, relation, conversion(rehearsal, relation, copy));
	if (OidIsValid(relation->oid))
		gradual_gather_statistics(rehearsal, relation, retype->original);
	return retype;
}

void
gradual_retype_end(GradualRehearsal *rehearsal, GradualRelation *relation,
				   GradualRetype *retype)
{
	AttrNumber	number = get_attnum(relation->clone, retype->column);

	gradual_gather_refresh(rehearsal, relation);
	retype->type = gradual_facts_type(relation->clone, retype->column);
	retype->widens = is_harmless(retype->old_type_id, get_atttype(relation->clone, number));
	retype->in_place = !retype->rewrites && !has_dependent_text(relation, retype->column) &&
		strcmp(retype->indexes_before, index_signature(relation)) == 0;
	if (retype->in_place || GRADUAL_TABLE_AT_ONCE(relation->table))
		return;
	look_at_column(rehearsal, relation, retype);
	gradual_published_find(rehearsal, relation);
	retype->impossible = gradual_obstacle_of_column(rehearsal, relation, retype);
	if (retype->impossible != NULL)
		return;
	add_bridge(rehearsal, relation->table, retype);
	if (!gradual_gather_table(rehearsal, relation, retype))
		retype->impossible = "an earlier statement has given one of the columns another name";
	else
		retype->impossible = gradual_obstacle_of_table(rehearsal, relation, retype);
	retype->type = gradual_object_naming_respell(rehearsal, retype->type);
	retype->expression = gradual_object_naming_respell(rehearsal, retype->expression);
}

/* --- what PostgreSQL refuses --- */

/* A clone is no child, no parent and of no type. */
static void
check_inheritance(GradualRehearsal *rehearsal, const GradualRelation *relation,
				  const AlterTableStmt *alter, const char *column)
{
	Relation	rel = relation_open(relation->oid, NoLock);
	AttrNumber	number = get_attnum(relation->oid, column);
	bool		own = false;

	if (OidIsValid(rel->rd_rel->reloftype))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot alter column type of typed table")));
	if (gradual_below_count_parents(rehearsal, relation->oid, column, &own) > 0)
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
				 GradualRetype *retype)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	List	   *rows;
	ListCell   *lc;

	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, retype->original);
	rows = gradual_spi_rows("SELECT d.classid, d.objid, COALESCE(r.ev_class, 0)"
							" FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
							" LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid"
							" WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND a.attname = $2::name"
							" AND d.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,"
							"  'pg_proc'::regclass, 'pg_publication_rel'::regclass)"
							" ORDER BY d.classid, d.objid", &args);
	AtEOXact_GUC(true, level);
	foreach(lc, rows)
	{
		if (is_dropped(rehearsal, gradual_row_oid(lfirst(lc), 3)))
			retype->view_dropped = true;
		else if (!is_out(rehearsal, relation->oid, gradual_row_oid(lfirst(lc), 1),
						 gradual_row_oid(lfirst(lc), 2)))
			refuse_dependent(gradual_row_oid(lfirst(lc), 1), gradual_row_oid(lfirst(lc), 2),
							 retype->column);
	}
}

static bool
is_dropped(GradualRehearsal *rehearsal, Oid view)
{
	GradualRelation *relation = OidIsValid(view) ? gradual_member_relation(rehearsal, view) : NULL;

	return relation != NULL && relation->gone;
}

/* The same of a trigger, a rule, a policy, a function, a place in a publication. */
static bool
is_out(GradualRehearsal *rehearsal, Oid table, Oid catalog, Oid object)
{
	ObjectAddress of;
	ObjectAddress address;
	GradualMember *member;

	ObjectAddressSet(of, RelationRelationId, table);
	ObjectAddressSet(address, catalog, object);
	member = gradual_member_identify(rehearsal, &address);
	return member->kind != GRADUAL_MEMBER_RELATION &&
		gradual_closure_is_out(rehearsal, member, &of);
}

/* In PostgreSQL's words. */
static void
refuse_dependent(Oid catalog, Oid object, const char *column)
{
	ObjectAddress address;
	const char *message;

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
			 errhint("Drop it before this statement of the script, and create it again after it.")));
}

/* --- what the change does --- */

/*
 * The expression that turns the old value into the new one, as ALTER TABLE makes
 * it; NULL if there is none, which it will report itself.
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
		assign_expr_collations(pstate, expression);
	free_parsestate(pstate);
	relation_close(rel, NoLock);
	return expression;
}

/*
 * What the time zone of a session decides would come out in another way in each
 * writer's; so the one that defines the migration is written into the text.
 */
static Node *
fix_time_zone(Node *node, void *context)
{
	FuncExpr   *call = (FuncExpr *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, FuncExpr) && list_length(call->args) == 1 &&
		(call->funcid == F_TIMESTAMPTZ_TIMESTAMP || call->funcid == F_TIMESTAMP_TIMESTAMPTZ))
	{
		Const	   *zone = makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
									 CStringGetTextDatum(GetConfigOption("TimeZone", false, false)),
									 false, false);

		return (Node *) makeFuncExpr(call->funcid == F_TIMESTAMPTZ_TIMESTAMP ?
									 F_TIMEZONE_TEXT_TIMESTAMP : F_TIMEZONE_TEXT_TIMESTAMPTZ,
									 call->funcresulttype,
									 list_make2(zone, fix_time_zone(linitial(call->args), context)),
									 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	}
	return expression_tree_mutator(node, fix_time_zone, context);
}

/* In words that name the row's columns as they are until the swap. */
static char *
conversion_text(GradualRehearsal *rehearsal, const GradualRelation *relation, Node *expression)
{
	bool		bridged = gradual_bridge_enter_original(rehearsal, relation);
	Relation	rel = relation_open(relation->clone, NoLock);
	char	   *text_of_it = gradual_row_expression(expression, rel, 1);

	relation_close(rel, NoLock);
	if (bridged)
		gradual_bridge_leave_original(rehearsal, relation);
	return text_of_it;
}

static void
look_at_conversion(GradualRehearsal *rehearsal, GradualRetype *retype,
				   const GradualRelation *relation, Node *expression)
{
	Relation	rel;
	Node	   *planned;

	if (expression == NULL)
		return;
	rel = relation_open(relation->clone, NoLock);
	expression = gradual_columns_expand(fix_time_zone(expression, NULL), rel, 1);
	planned = (Node *) expression_planner(copyObject((Expr *) expression));
	/* a column that is made when it is read has no values that could change */
	retype->rewrites = (retype->generated == '\0' ||
						retype->generated == ATTRIBUTE_GENERATED_STORED) &&
		requires_rewrite(planned, get_attnum(relation->clone, retype->column));
	retype->total = gradual_total_expression(planned);
	retype->unsteady = contain_mutable_functions(planned);
	retype->shows_label = gradual_object_naming_shows_label(rehearsal, planned);
	retype->by_session = gradual_depends_on_session(planned);
	relation_close(rel, NoLock);
	if (gradual_row_text_exists(expression, 1))
		retype->expression = conversion_text(rehearsal, relation, expression);
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
has_dependent_text(const GradualRelation *relation, const char *column)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, relation->clone);
	gradual_args_int(&args, get_attnum(relation->clone, column));
	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, gradual_bridge_original(relation->table, column));
	row = gradual_spi_row("SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = $1 AND contype = 'c' AND $2 = ANY (conkey))"
						  " OR EXISTS (SELECT FROM pg_depend d JOIN pg_index i ON i.indexrelid = d.objid"
						  "  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
						  "  AND d.refobjid = $1 AND d.refobjsubid = $2 AND i.indrelid = $1"
						  "  AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))"
						  " OR EXISTS (SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = $3 AND a.attname = $4::name AND a.attnum = ANY (k.confkey)"
						  "  WHERE k.confrelid = $3 AND k.contype = 'f')"
						  " OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = $1 AND i.indpred IS NOT NULL AND $2 = ANY (i.indkey))",
						  &args);
	AtEOXact_GUC(true, level);
	return gradual_row_bool(row, 1, false);
}

/* --- the column itself --- */

/* The first name of ours that the table does not have, nor will: long ones may begin alike. */
static char *
shadow_name(const GradualRelation *relation, const char *column)
{
	char	   *name = makeObjectName("_gradual", column, NULL);
	int			number = 0;

	while (get_attnum(relation->clone, name) != InvalidAttrNumber ||
		   gradual_bridge_takes(relation->table, name))
		name = makeObjectName("_gradual", column, psprintf("%d", ++number));
	return name;
}

/* What the shadow needs before its statistics are gathered. */
static void
look_at_options(const GradualRelation *relation, GradualRetype *retype)
{
	const char *shadow = quote_identifier(retype->shadow);
	ListCell   *lc;

	foreach(lc, gradual_catalog_analyzed(relation->clone, retype->column))
		retype->options = lappend(retype->options,
								  psprintf("ALTER TABLE %s ALTER COLUMN %s SET %s",
										   relation->table->qualified, shadow,
										   gradual_row_text(lfirst(lc), 2)));
}

/* Has the script dropped that of a serial, or given it to another column or none? */
static bool
left_column(GradualRehearsal *rehearsal, Oid sequence)
{
	const GradualRelation *known = gradual_member_relation(rehearsal, sequence);

	return known != NULL && (known->gone || known->reowned);
}

/* The sequence that goes with the real column, and the constraint of its NOT NULL. */
static void
look_at_sequence(GradualRehearsal *rehearsal, const GradualRelation *relation,
				 GradualRetype *retype)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, relation->oid);
	gradual_args_text(&args, retype->original);
	gradual_args_oid(&args, OIDOID, relation->clone);
	gradual_args_text(&args, retype->column);
	row = gradual_spi_row("SELECT s.name, s.type, s.deptype = 'i',"
						  " k.conname, COALESCE(obj_description(k.oid, 'pg_constraint'), obj_description(r.oid, 'pg_constraint')), s.oid, k.connoinherit"
						  " FROM pg_attribute a"
						  " LEFT JOIN pg_attribute c ON c.attrelid = $3 AND c.attname = $4::name"
						  " LEFT JOIN pg_constraint k ON k.conrelid = c.attrelid AND k.conkey = ARRAY[c.attnum] AND k.contype = 'n'"
						  " LEFT JOIN pg_constraint r ON r.conrelid = a.attrelid AND r.conkey = ARRAY[a.attnum] AND r.contype = 'n'"
						  " LEFT JOIN LATERAL (SELECT format('%I.%I', n.nspname, t.relname) AS name,"
						  "  format_type(q.seqtypid, NULL) AS type, d.deptype, t.oid"
						  "  FROM pg_depend d JOIN pg_class t ON d.classid = 'pg_class'::regclass AND t.oid = d.objid AND t.relkind = 'S'"
						  "  JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_sequence q ON q.seqrelid = t.oid"
						  "  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum"
						  "  AND (d.deptype = 'a' OR (d.deptype = 'i' AND c.attidentity <> ''))) s ON true"
						  " WHERE a.attrelid = $1 AND a.attname = $2::name AND NOT a.attisdropped",
						  &args);
	AtEOXact_GUC(true, level);
	if (row == NULL)
		return;
	retype->identity = gradual_row_bool(row, 3, false);
	if (retype->identity || !left_column(rehearsal, gradual_row_oid(row, 6)))
	{
		retype->sequence = gradual_row_text(row, 1);
		retype->sequence_type = gradual_row_text(row, 2);
	}
	retype->not_null_name = gradual_row_text(row, 4);
	retype->not_null_comment = gradual_row_text(row, 5);
	retype->not_null_alone = gradual_row_bool(row, 7, false);
}

static void
look_at_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
			   GradualRetype *retype)
{
	retype->shadow = shadow_name(relation, retype->column);
	retype->costs = gradual_facts_type_costs(get_atttype(relation->clone,
														 get_attnum(relation->clone, retype->column)));
	retype->not_null = gradual_facts_not_null(relation, retype->column);
	retype->unproved = gradual_facts_unproved(relation->clone, retype->column);
	look_at_options(relation, retype);
	look_at_sequence(rehearsal, relation, retype);
	look_at_hung(relation, retype);
	if (!retype->identity)
		retype->default_expr = gradual_sequence_respell(rehearsal,
														gradual_facts_default(rehearsal, relation,
																			  retype->column));
}

/* What the swap may meet there; others may add to it until then. */
static void
look_at_hung(const GradualRelation *relation, GradualRetype *retype)
{
	ListCell   *lc;

	if (!OidIsValid(relation->oid))
		return;
	retype->state = gradual_hung_state(relation->oid, retype->original);
	foreach(lc, gradual_hung_find(relation->oid, retype->original))
	{
		GradualHung *hung = lfirst(lc);

		if (hung->name != NULL)
			retype->hung = lappend(retype->hung, hung->name);
	}
}

static void
add_bridge(GradualRehearsal *rehearsal, GradualTable *table, const GradualRetype *retype)
{
	GradualBridge *bridge = gradual_bridge_add(table, rehearsal->statement->number,
											   retype->column, retype->shadow);

	bridge->original = retype->original;
	bridge->retyped = true;
}
