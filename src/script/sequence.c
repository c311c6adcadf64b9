/*
 * sequence.c
 *	  Sequences of columns, read off the clone.
 *
 * The server chooses a name that is free where the sequence is made: on the
 * clone that is pg_temp, so the name in the table's schema is chosen here.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/ident.h"
#include "script/bridge.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/sequence.h"

static Oid	find_sequence(Oid table, AttrNumber column);
static GradualRelation *note_sequence(GradualRehearsal *rehearsal,
									  const GradualRelation *relation,
									  const char *column, Oid sequence,
									  const List *constraints);
static char *identity_text(Oid table, AttrNumber column);

/* Whom the table belongs to by then, quoted; NULL = the current user. */
static char *
other_owner(const GradualRelation *relation)
{
	if (!OidIsValid(relation->new_owner))
		return gradual_catalog_other_owner(relation->oid);
	return relation->new_owner == GetUserId() ? NULL :
		pstrdup(quote_identifier(GetUserNameFromId(relation->new_owner, false)));
}

GradualSequence *
gradual_sequence_of_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
						   const char *column, const List *constraints)
{
	AttrNumber	number = get_attnum(relation->clone, column);
	Oid			oid = find_sequence(relation->clone, number);
	GradualSequence *sequence;
	GradualRelation *known;

	if (!OidIsValid(oid))
		return NULL;
	known = note_sequence(rehearsal, relation, column, oid, constraints);
	sequence = palloc0(sizeof(GradualSequence));
	sequence->qualified = gradual_lookup_qualified(known);
	sequence->schema = pstrdup(quote_identifier(get_namespace_name(known->schema)));
	sequence->name = known->name;
	sequence->options = gradual_catalog_sequence_options(oid, &sequence->type);
	sequence->identity = identity_text(relation->clone, number);

	/* it belongs to whom its table belongs to */
	if (OidIsValid(relation->oid))
		sequence->owner = other_owner(relation);
	return sequence;
}

static Oid
find_sequence(Oid table, AttrNumber column)
{
	ListCell   *lc;

	foreach(lc, getOwnedSequences(table))
	{
		Oid			owner;
		int32		number;

		if ((sequenceIsOwned(lfirst_oid(lc), DEPENDENCY_AUTO, &owner, &number) ||
			 sequenceIsOwned(lfirst_oid(lc), DEPENDENCY_INTERNAL, &owner, &number)) &&
			number == column)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

/* ChooseRelationName(), among the names that the schema will hold. */
static char *
choose_name(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *column)
{
	char	   *name = makeObjectName(relation->name, column, "seq");
	int			number = 0;

	while (gradual_lookup_find_in(rehearsal, relation->schema, name) != NULL)
		name = makeObjectName(relation->name, column, psprintf("seq%d", ++number));
	return name;
}

/* The names of GENERATED .. AS IDENTITY (SEQUENCE NAME ..); NIL = it has none. */
static List *
asked_names(const List *constraints)
{
	ListCell   *lc,
			   *lo;

	foreach(lc, constraints)
	{
		Constraint *constraint = lfirst_node(Constraint, lc);

		if (constraint->contype != CONSTR_IDENTITY)
			continue;
		foreach(lo, constraint->options)
		{
			DefElem    *option = lfirst_node(DefElem, lo);

			if (strcmp(option->defname, "sequence_name") == 0)
				return castNode(List, option->arg);
		}
	}
	return NIL;
}

/* The server takes the schema of the sequence for that of the table, too. */
static char *
asked_name(GradualRehearsal *rehearsal, const GradualRelation *relation, List *names)
{
	RangeVar   *name = makeRangeVarFromNameList(names);

	if (name->schemaname != NULL &&
		get_namespace_oid(name->schemaname, false) != relation->schema)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" does not exist", name->schemaname, relation->name)));
	if (gradual_lookup_find_in(rehearsal, relation->schema, name->relname) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", name->relname)));
	return name->relname;
}

static void
rename_clone(GradualRehearsal *rehearsal, const char *from, const char *to)
{
	gradual_clone_run_text(rehearsal, psprintf("ALTER SEQUENCE pg_temp.%s RENAME TO %s",
											   quote_identifier(from), quote_identifier(to)));
}

static GradualRelation *
note_sequence(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *column,
			  Oid sequence, const List *constraints)
{
	GradualRelation *known = gradual_lookup_of_clone(rehearsal, sequence);
	List	   *names;
	char	   *name;

	if (known != NULL)
		return known;
	names = asked_names(constraints);

	/* its own name is no obstacle to it */
	rename_clone(rehearsal, get_rel_name(sequence), "_gradual_unnamed");
	name = names != NIL ? asked_name(rehearsal, relation, names) :
		choose_name(rehearsal, relation, column);
	known = gradual_lookup_add(rehearsal, relation->schema, name, RELKIND_SEQUENCE);
	known->clone = sequence;
	known->clone_name = gradual_lookup_free(rehearsal, name);
	rename_clone(rehearsal, "_gradual_unnamed", known->clone_name);
	return known;
}

/* What the elements of CREATE TABLE say of a column; NIL = nothing. */
static List *
column_constraints(const List *elements, const char *column)
{
	ListCell   *lc;

	foreach(lc, elements)
	{
		ColumnDef  *definition = lfirst(lc);

		if (IsA(definition, ColumnDef) && strcmp(definition->colname, column) == 0)
			return definition->constraints;
	}
	return NIL;
}

void
gradual_sequence_created(GradualRehearsal *rehearsal, const GradualRelation *relation,
						 const List *elements)
{
	ListCell   *lc;

	foreach(lc, getOwnedSequences(relation->clone))
	{
		Oid			sequence = lfirst_oid(lc);
		Oid			owner;
		int32		number;
		char	   *column;

		if (!sequenceIsOwned(sequence, DEPENDENCY_AUTO, &owner, &number) &&
			!sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &owner, &number))
			continue;
		column = get_attname(relation->clone, number, false);
		note_sequence(rehearsal, relation, column, sequence,
					  column_constraints(elements, column));
	}
}

void
gradual_sequence_pair(GradualRehearsal *rehearsal, const GradualRelation *relation,
					  const char *column)
{
	GradualRelation *real;
	Oid			clone = find_sequence(relation->clone, get_attnum(relation->clone, column));
	Oid			oid;

	if (!OidIsValid(relation->oid) || !OidIsValid(clone) || gradual_bridge_is_new(relation->table, column) ||
		gradual_lookup_of_clone(rehearsal, clone) != NULL)
		return;
	oid = find_sequence(relation->oid, get_attnum(relation->oid, column));
	if (!OidIsValid(oid))
		return;
	real = gradual_lookup_real(rehearsal, oid);
	if (OidIsValid(real->clone))
		return;
	real->clone = clone;
	real->clone_name = get_rel_name(clone);
}

/* A real one that the script has not dropped; or NULL. */
static GradualRelation *
find_real(GradualRehearsal *rehearsal, Oid sequence)
{
	ListCell   *lc;

	if (!OidIsValid(sequence))
		return NULL;
	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->oid == sequence && relation->gone)
			return NULL;
	}
	return gradual_lookup_real(rehearsal, sequence);
}

GradualRelation *
gradual_sequence_owned(GradualRehearsal *rehearsal, const GradualRelation *relation,
					   const char *column)
{
	AttrNumber	number = get_attnum(relation->clone, column);
	Oid			clone = find_sequence(relation->clone, number);

	if (OidIsValid(clone))
	{
		gradual_sequence_pair(rehearsal, relation, column);
		return note_sequence(rehearsal, relation, column, clone, NIL);
	}
	if (number == InvalidAttrNumber || !OidIsValid(relation->oid) ||
		gradual_bridge_is_new(relation->table, column))
		return NULL;
	number = get_attnum(relation->oid, gradual_bridge_original(relation->table, column));
	return find_real(rehearsal, find_sequence(relation->oid, number));
}

static char *
identity_text(Oid table, AttrNumber column)
{
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(table), Int16GetDatum(column));
	char		identity;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for attribute %d of relation %u", column, table);
	identity = ((Form_pg_attribute) GETSTRUCT(tuple))->attidentity;
	ReleaseSysCache(tuple);
	if (identity == ATTRIBUTE_IDENTITY_ALWAYS)
		return "ALWAYS";
	return identity == ATTRIBUTE_IDENTITY_BY_DEFAULT ? "BY DEFAULT" : NULL;
}

/* "'public.ids'::regclass" */
static char *
constant(const char *qualified)
{
	return psprintf("%s::regclass", quote_literal_cstr(qualified));
}

char *
gradual_sequence_respell(const GradualRehearsal *rehearsal, char *expression)
{
	ListCell   *lc;

	if (expression == NULL)
		return NULL;
	foreach(lc, rehearsal->relations)
	{
		const GradualRelation *relation = lfirst(lc);
		char	   *before;
		char	   *found;

		if (relation->relkind != RELKIND_SEQUENCE || !OidIsValid(relation->oid))
			continue;
		before = constant(gradual_ident_qualified(relation->oid));
		found = strstr(expression, before);
		if (found != NULL)
			return psprintf("%.*s%s%s", (int) (found - expression), expression,
							constant(gradual_lookup_qualified(relation)), found + strlen(before));
	}
	return expression;
}
