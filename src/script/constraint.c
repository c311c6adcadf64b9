/*
 * constraint.c
 *	  Constraints that a script adds, read off the clone that they were tried on.
 *
 * The clone's constraint gets the name that the real one will have, given or
 * chosen (constraint_name.c), so that later statements find it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/ident.h"
#include "script/bridge.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/constraint.h"
#include "script/constraint_name.h"
#include "script/facts.h"
#include "script/key_mark.h"
#include "script/lookup.h"
#include "script/breach.h"
#include "script/object_naming.h"
#include "script/reread.h"

static Oid	referred_to(Oid oid);
static List *list_constraints(Oid table);
static void check_family(const GradualRelation *relation, const Constraint *constraint, bool only);
static bool take_index(GradualRehearsal *rehearsal, const GradualRelation *relation,
					   Constraint *constraint);
static void check_free(GradualRehearsal *rehearsal, const GradualRelation *relation,
					   const Constraint *constraint);
static void avoid_clones(GradualRehearsal *rehearsal, Constraint *constraint);
static List *written(const AlterTableCmd *command);
static const Constraint *find_written(List *constraints, List *on_clone, Oid oid);
static void give_name(GradualRehearsal *rehearsal, GradualRelation *relation, Oid oid,
					  const Constraint *constraint);
static GradualConstraint *read_constraint(GradualRehearsal *rehearsal,
										  const GradualRelation *relation, Oid oid);

void
gradual_constraint_before(GradualRehearsal *rehearsal, const GradualRelation *relation,
						  AlterTableCmd *command, GradualConstraintsBefore *before)
{
	AlterTableStmt *alter = (AlterTableStmt *) rehearsal->statement->node;
	Relation	clone = relation_open(relation->clone, NoLock);
	ListCell   *lc;

	memset(before, 0, sizeof(GradualConstraintsBefore));
	before->columns = RelationGetNumberOfAttributes(clone);
	relation_close(clone, NoLock);
	before->constraints = list_constraints(relation->clone);
	for (int i = 1; i <= before->columns; i++)
	{
		char	   *name = get_attname(relation->clone, i, true);

		if (name != NULL && gradual_facts_not_null(relation, name))
			before->not_null = bms_add_member(before->not_null, i);
	}
	before->written = written(command);
	foreach(lc, before->written)
	{
		Constraint *constraint = lfirst(lc);

		check_family(relation, constraint, !alter->relation->inh);
		if (constraint->indexname != NULL)
			before->index_is_new = take_index(rehearsal, relation, constraint);
		else
		{
			check_free(rehearsal, relation, constraint);
			avoid_clones(rehearsal, constraint);
		}
	}
}

/* Those that were there, and that a row may have NULL in. */
static List *
nullable_columns(const GradualRelation *relation, const GradualConstraint *constraint,
				 const GradualConstraintsBefore *before)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, constraint->columns)
	{
		AttrNumber	number = get_attnum(relation->clone, lfirst(lc));

		if (number <= before->columns && !bms_is_member(number, before->not_null))
			names = lappend(names, lfirst(lc));
	}
	return names;
}

/*
 * For what runs before the swap.  A foreign key is spelled so at its other end
 * as well, where the key is on the physical column.
 */
static GradualConstraint *
read_physical(GradualRehearsal *rehearsal, const GradualRelation *relation, Oid oid)
{
	GradualRelation *other = gradual_lookup_of_clone(rehearsal, referred_to(oid));
	bool		here = gradual_bridge_enter(rehearsal, relation);
	bool		there = other != NULL && other != relation && gradual_bridge_enter(rehearsal, other);
	GradualConstraint *constraint = here || there ? read_constraint(rehearsal, relation, oid) : NULL;

	if (there)
		gradual_bridge_leave(rehearsal, other);
	if (here)
		gradual_bridge_leave(rehearsal, relation);
	return constraint;
}

/* The same with the names that types have before the swap */
static GradualConstraint *
respell(GradualRehearsal *rehearsal, const GradualConstraint *constraint)
{
	GradualConstraint *physical = palloc(sizeof(GradualConstraint));

	if (rehearsal->object_namings == NIL && rehearsal->labels == NIL)
		return constraint->physical;
	*physical = constraint->physical != NULL ? *constraint->physical : *constraint;
	physical->definition = gradual_object_naming_respell(rehearsal, physical->definition);
	physical->violators = gradual_object_naming_respell(rehearsal, physical->violators);
	physical->index_method = gradual_object_naming_respell(rehearsal, physical->index_method);
	return physical;
}

void
gradual_constraint_after(GradualRehearsal *rehearsal, GradualRelation *relation,
						 const AlterTableCmd *command, const GradualConstraintsBefore *before)
{
	GradualCommand *facts = rehearsal->command;
	ListCell   *lc;

	foreach(lc, list_constraints(relation->clone))
	{
		GradualConstraint *constraint;

		if (list_member_oid(before->constraints, lfirst_oid(lc)))
			continue;
		give_name(rehearsal, relation, lfirst_oid(lc),
				  find_written(written((AlterTableCmd *) facts->node), before->written,
							   lfirst_oid(lc)));
		constraint = read_constraint(rehearsal, relation, lfirst_oid(lc));
		facts->constraints = lappend(facts->constraints, constraint);
		if (constraint->type == CONSTRAINT_PRIMARY)
			constraint->nullable = nullable_columns(relation, constraint, before);
		constraint->takes_index = command->subtype == AT_AddConstraint &&
			((Constraint *) command->def)->indexname != NULL;
		constraint->index_is_new = constraint->takes_index && before->index_is_new;
		constraint->physical = read_physical(rehearsal, relation, lfirst_oid(lc));
		facts->crosses_bridge |= constraint->physical != NULL;
		constraint->physical = respell(rehearsal, constraint);
	}
}

static Oid
referred_to(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	Oid			table;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	table = ((Form_pg_constraint) GETSTRUCT(tuple))->confrelid;
	ReleaseSysCache(tuple);
	return table;
}

/* The foreign key of the real table that the clone's constraint stands in for. */
static Oid
stands_for(const GradualRelation *relation, const char *name)
{
	Oid			key = gradual_key_mark_of(get_relation_constraint_oid(relation->clone, name, true));
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(key));
	bool		own;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	/* a partition may have got its parent's */
	own = ((Form_pg_constraint) GETSTRUCT(tuple))->conrelid == relation->oid;
	ReleaseSysCache(tuple);
	return own ? key : InvalidOid;
}

bool
gradual_constraint_is_stand_in(const GradualRelation *relation, const char *name)
{
	return OidIsValid(stands_for(relation, name));
}

char *
gradual_constraint_drop_stand_ins(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	char	   *alter = psprintf("ALTER TABLE pg_temp.%s", quote_identifier(relation->clone_name));
	StringInfoData drop,
				add;
	ListCell   *lc;

	initStringInfo(&drop);
	initStringInfo(&add);
	foreach(lc, gradual_constraint_names(relation))
	{
		const char *name = quote_identifier(lfirst(lc));

		if (!gradual_constraint_is_stand_in(relation, lfirst(lc)))
			continue;
		appendStringInfo(&drop, "%s DROP CONSTRAINT %s;", alter, name);
		appendStringInfo(&add, "%s ADD CONSTRAINT %s %s;", alter, name,
						 TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
																 ObjectIdGetDatum(get_relation_constraint_oid(relation->clone, lfirst(lc), false)))));
	}
	gradual_clone_run_text(rehearsal, drop.data);
	return add.data;
}

/* Of the real table where it is there: the stand-in for a foreign key says nothing. */
void
gradual_constraint_named(GradualRehearsal *rehearsal, GradualRelation *relation,
						 const AlterTableCmd *command)
{
	const char *name = gradual_compat_constraint_name(command);
	GradualConstraint *constraint;
	Oid			oid = get_relation_constraint_oid(relation->clone, name, true);

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("constraint \"%s\" of relation \"%s\" does not exist",
						name, relation->name)));
	if (gradual_constraint_is_stand_in(relation, name))
		oid = stands_for(relation, name);
	constraint = read_constraint(rehearsal, relation, oid);
	constraint->name = pstrdup(name);
	constraint->only_deferrability = command->subtype == AT_AlterConstraint &&
		gradual_compat_alters_deferrability(command);
	rehearsal->command->constraints = list_make1(constraint);
	if (constraint->referenced != NULL && constraint->referenced != relation->table)
		rehearsal->command->touches = list_append_unique_ptr(rehearsal->command->touches,
															 constraint->referenced);
}

char *
gradual_constraint_made(GradualRehearsal *rehearsal, GradualRelation *relation,
						const char *column)
{
	Form_pg_constraint constraint = gradual_catalog_not_null(relation->clone, column);

	if (constraint == NULL)
		return NULL;
	give_name(rehearsal, relation, constraint->oid, NULL);
	return get_constraint_name(constraint->oid);
}

void
gradual_constraint_unproved(GradualRehearsal *rehearsal, const GradualRelation *relation,
							const char *column)
{
	Form_pg_constraint constraint = gradual_catalog_not_null(relation->clone, column);

	if (constraint != NULL)
		rehearsal->command->constraints = list_make1(read_constraint(rehearsal, relation,
																	 constraint->oid));
}

List *
gradual_constraint_names(const GradualRelation *relation)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, list_constraints(relation->clone))
		names = lappend(names, get_constraint_name(lfirst_oid(lc)));
	return names;
}

/* Their OIDs, in the order in which they were made. */
static List *
list_constraints(Oid table)
{
	List	   *oids = NIL;
	ListCell   *lc;

	foreach(lc, gradual_catalog_constraints(table))
		oids = lappend_oid(oids, ((Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc)))->oid);
	list_sort(oids, list_oid_cmp);
	return oids;
}

/* The constraints in the words of a subcommand. */
static List *
written(const AlterTableCmd *command)
{
	List	   *constraints = NIL;
	ListCell   *lc;

	if (command->def != NULL && IsA(command->def, Constraint))
		return list_make1(command->def);
	if (command->def == NULL || !IsA(command->def, ColumnDef))
		return NIL;
	foreach(lc, ((ColumnDef *) command->def)->constraints)
		constraints = lappend(constraints, lfirst(lc));
	return constraints;
}

/*
 * That of the name which its writer gave it, found by the one that it has on the
 * clone; NULL = the server chose it.  A primary key brings NOT NULL along.
 */
static const Constraint *
find_written(List *constraints, List *on_clone, Oid oid)
{
	const char *name = get_constraint_name(oid);
	bool		not_null = gradual_catalog_constraint_type(oid) == GRADUAL_CONSTRAINT_NOT_NULL;
	ListCell   *lc,
			   *lm;

	forboth(lc, constraints, lm, on_clone)
	{
		const Constraint *constraint = lfirst(lc);
		const char *there = ((Constraint *) lfirst(lm))->conname;

		if (not_null == (constraint->contype == CONSTR_NOTNULL) &&
			(constraint->indexname != NULL || (there != NULL && strcmp(there, name) == 0)))
			return constraint;
	}
	return NULL;
}

/* --- before --- */

/* What the server says of tables that have others below them: a clone has none. */
static void
check_family(const GradualRelation *relation, const Constraint *constraint, bool only)
{
	if (!only || !OidIsValid(relation->oid) || !has_subclass(relation->oid))
		return;
	if ((constraint->contype == CONSTR_CHECK || constraint->contype == CONSTR_NOTNULL) &&
		!constraint->is_no_inherit)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("constraint must be added to child tables too")));
}

static bool
has_index(const Constraint *constraint)
{
	return constraint->contype == CONSTR_PRIMARY || constraint->contype == CONSTR_UNIQUE ||
		constraint->contype == CONSTR_EXCLUSION;
}

/* A name given to a constraint with an index is that of a relation as well. */
static void
check_free(GradualRehearsal *rehearsal, const GradualRelation *relation,
		   const Constraint *constraint)
{
	if (!has_index(constraint) || constraint->conname == NULL ||
		gradual_lookup_find_in(rehearsal, relation->schema, constraint->conname) == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s\" already exists", constraint->conname)));
}

/* Its index cannot have the name of another clone, which may be of another schema. */
static void
avoid_clones(GradualRehearsal *rehearsal, Constraint *constraint)
{
	if (has_index(constraint) && constraint->conname != NULL)
		constraint->conname = gradual_lookup_free(rehearsal, constraint->conname);
}

/*
 * USING INDEX: it is looked for in the schema of the table, and renamed.  True
 * if the script creates it.
 */
static bool
take_index(GradualRehearsal *rehearsal, const GradualRelation *relation, Constraint *constraint)
{
	GradualRelation *index = gradual_lookup_find_in(rehearsal, relation->schema,
													constraint->indexname);

	if (index == NULL || !GRADUAL_IS_INDEX(index->relkind))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("index \"%s\" does not exist", constraint->indexname)));
	if (index->table != relation->table)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index \"%s\" does not belong to table \"%s\"",
						constraint->indexname, relation->name)));
	if (constraint->conname != NULL && strcmp(constraint->conname, constraint->indexname) != 0)
		check_free(rehearsal, relation, constraint);
	if (constraint->conname == NULL)
		constraint->conname = constraint->indexname;
	constraint->indexname = index->clone_name;
	return !OidIsValid(index->oid);
}

/* --- names --- */

/* Its index has the same name, and a relation of its own among those of the rehearsal. */
static void
note_index(GradualRehearsal *rehearsal, const GradualRelation *relation, Oid index,
		   const char *name)
{
	GradualRelation *known = gradual_lookup_of_clone(rehearsal, index);

	if (known == NULL)
	{
		known = gradual_lookup_add(rehearsal, relation->schema, name, get_rel_relkind(index));
		known->clone = index;
		known->table = relation->table;
	}
	else if (strcmp(known->name, name) != 0)
		gradual_lookup_move(rehearsal, known, relation->schema, name);
	known->clone_name = get_rel_name(index);
}

/*
 * On the clone it has a name that was free among the clones.  What is given one
 * gets it, or keeps it.
 */
static void
give_name(GradualRehearsal *rehearsal, GradualRelation *relation, Oid oid,
		  const Constraint *constraint)
{
	GradualConstraint *facts = read_constraint(rehearsal, relation, oid);
	Oid			index = InvalidOid;
	char	   *name;

	/* of a foreign key it would be the index at the other end */
	if (facts->type == CONSTRAINT_PRIMARY || facts->type == CONSTRAINT_UNIQUE ||
		facts->type == CONSTRAINT_EXCLUSION)
		index = get_constraint_index(oid);
	if (constraint != NULL)
		name = constraint->conname != NULL ? constraint->conname : constraint->indexname;
	else
	{
		/* its own name is no obstacle to it */
		gradual_clone_name_constraint(rehearsal, relation, oid, "_gradual_unnamed");
		name = gradual_constraint_default_name(rehearsal, relation, facts, oid, index);
	}
	gradual_clone_name_constraint(rehearsal, relation, oid, name);
	if (OidIsValid(index))
		note_index(rehearsal, relation, index, name);
}

/* --- facts --- */

static char *
without_ending(char *definition, const char *ending)
{
	int			length = strlen(definition) - strlen(ending);

	return length > 0 && strcmp(definition + length, ending) == 0 ?
		pnstrdup(definition, length) : definition;
}

/* As it is, but for what it says of its validity, with the real tables' names. */
static char *
definition_text(GradualRehearsal *rehearsal, Form_pg_constraint constraint)
{
	int			level = gradual_lookup_pin_path();
	char	   *definition = TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
																	 ObjectIdGetDatum(constraint->oid)));
	GradualRelation *referred;

	AtEOXact_GUC(true, level);
	definition = gradual_reread_same(without_ending(definition, " NOT VALID"));
	referred = gradual_lookup_of_clone(rehearsal, constraint->confrelid);
	if (constraint->contype == CONSTRAINT_FOREIGN && referred != NULL)
	{
		char	   *head = psprintf(") REFERENCES %s(", quote_identifier(referred->clone_name));
		char	   *found = strstr(definition, head);

		if (found == NULL)
			elog(ERROR, "unexpected definition of a foreign key: %s", definition);
		definition = psprintf("%s) REFERENCES %s(%s", pnstrdup(definition, found - definition),
							  referred->table->qualified, found + strlen(head));
	}
	return gradual_lookup_restore(rehearsal, definition);
}

/* What follows ON table in the definition of its index. */
static char *
index_method_text(GradualRehearsal *rehearsal, const GradualRelation *relation, Oid index)
{
	GradualRelation clone = {.relkind = get_rel_relkind(index),.clone = index};
	char	   *definition;
	char	   *head = psprintf(" ON %s ", relation->table->qualified);
	char	   *found;

	clone.name = "i";
	clone.table = relation->table;
	definition = gradual_facts_index_definition(rehearsal, &clone, false);
	found = strstr(definition, head);
	if (found == NULL)
		elog(ERROR, "unexpected definition of an index: %s", definition);
	return found + strlen(head);
}

static GradualConstraint *
read_constraint(GradualRehearsal *rehearsal, const GradualRelation *relation, Oid oid)
{
	GradualConstraint *facts = palloc0(sizeof(GradualConstraint));
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	Form_pg_constraint constraint;
	GradualRelation *referred;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", oid);
	constraint = (Form_pg_constraint) GETSTRUCT(tuple);
	facts->type = constraint->contype;
	facts->name = pstrdup(NameStr(constraint->conname));
	facts->schema = pstrdup(quote_identifier(get_namespace_name(relation->schema)));
	facts->schema_before = OidIsValid(relation->oid) ?
		pstrdup(quote_identifier(get_namespace_name(get_rel_namespace(relation->oid)))) :
		facts->schema;
	facts->columns = gradual_catalog_constraint_columns(tuple);
	facts->definition = definition_text(rehearsal, constraint);
	facts->enforced = gradual_compat_is_enforced(constraint);
	facts->valid = constraint->convalidated || !facts->enforced;
	facts->period = gradual_compat_has_period(constraint);
	facts->can_wait = GRADUAL_HAS_PARTITIONED_NOT_VALID ||
		facts->type != CONSTRAINT_FOREIGN || relation->relkind != RELKIND_PARTITIONED_TABLE;
	facts->deferrability = psprintf("%s%s", constraint->condeferrable ? " DEFERRABLE" : "",
									constraint->condeferred ? " INITIALLY DEFERRED" : "");
	if (constraint->contype == CONSTRAINT_FOREIGN)
	{
		referred = gradual_lookup_of_clone(rehearsal, constraint->confrelid);
		if (referred == NULL)
			referred = gradual_lookup_real(rehearsal, constraint->confrelid);
		facts->referenced = referred->table;
		facts->has_parts = referred->relkind == RELKIND_PARTITIONED_TABLE &&
			!GRADUAL_HAS_PARTITIONED_NOT_VALID;
		if (!facts->can_wait)
			facts->leaves = gradual_catalog_leaves(relation->oid);
	}
	facts->violators = gradual_breach_of_constraint(rehearsal, relation, oid);
	if (relation->clone == constraint->conrelid &&
		(facts->type == CONSTRAINT_PRIMARY || facts->type == CONSTRAINT_UNIQUE))
	{
		facts->index_method = index_method_text(rehearsal, relation, constraint->conindid);
		facts->violators = gradual_breach_of_index(rehearsal, relation->table,
												   constraint->conindid);
	}
	ReleaseSysCache(tuple);
	return facts;
}
