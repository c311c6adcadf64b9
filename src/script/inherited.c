/*
 * inherited.c
 *	  What tables below get from a statement about their parent.
 *
 * The texts that their clones follow name other clones, and mean nothing later.
 *
 * If we crash here nothing is left: locks only, to the end of the transaction.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "base/spi.h"
#include "script/below.h"
#include "script/facts.h"
#include "script/inherited.h"
#include "script/lookup.h"
#include "script/member.h"

/* --- ADD COLUMN --- */

/* Where a table below stands: its clone, if there is one. */
static Oid
place_of(GradualRehearsal *rehearsal, Oid table)
{
	const GradualRelation *relation = gradual_member_relation(rehearsal, table);

	return relation != NULL && OidIsValid(relation->clone) ? relation->clone : table;
}

/* Has it a column of its own of that name?  InvalidOid: no, else where. */
static Oid
find_own(GradualRehearsal *rehearsal, Oid table, const char *column)
{
	Oid			place = place_of(rehearsal, table);

	for (int i = list_length(rehearsal->below) - 1; i >= 0; i--)
	{
		const GradualBelow *below = list_nth(rehearsal->below, i);
		bool		goes = below->goes ? below->applies && strcmp(below->column, column) == 0 :
		below->before != NULL && strcmp(below->before, column) == 0;

		if (below->table != table ||
			!(goes || (!below->goes && below->column != NULL && strcmp(below->column, column) == 0)))
			continue;
		if (!goes || place == table)
			return InvalidOid;
		break;
	}
	return get_attnum(place, column) > 0 ? place : InvalidOid;
}

static bool
is_same_type(Oid a, Oid b, const char *column)
{
	Oid			type[2],
				collation[2];
	int32		modifier[2];

	get_atttypetypmodcoll(a, get_attnum(a, column), &type[0], &modifier[0], &collation[0]);
	get_atttypetypmodcoll(b, get_attnum(b, column), &type[1], &modifier[1], &collation[1]);
	return type[0] == type[1] && modifier[0] == modifier[1];
}

/* A column that is there already becomes the parent's as well. */
static void
check_column(GradualRehearsal *rehearsal, GradualBelow *below)
{
	Oid			own = get_rel_relispartition(below->table) ? InvalidOid :
	find_own(rehearsal, below->table, below->column);

	below->merges = OidIsValid(own);
	if (below->merges && !is_same_type(own, rehearsal->command->table->clone, below->column))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("child table \"%s\" has different type for column \"%s\"",
						gradual_below_relation(rehearsal, below->table)->name, below->column)));
}

char *
gradual_inherited_default(Oid clone, const char *column)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, clone);
	gradual_args_text(&args, column);
	row = gradual_spi_row("SELECT pg_get_expr(d.adbin, d.adrelid)"
						  " FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
						  " WHERE a.attrelid = $1 AND a.attname = $2::name AND a.attgenerated = ''", &args);
	AtEOXact_GUC(true, level);
	return row == NULL ? NULL : gradual_row_text(row, 1);
}

/* From 18 on it has a name. */
static char *
not_null_of(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		const GradualConstraint *constraint = lfirst(lc);

		if (constraint->type == GRADUAL_CONSTRAINT_NOT_NULL)
			return psprintf(" CONSTRAINT %s NOT NULL", quote_identifier(constraint->name));
	}
	return " NOT NULL";
}

static void
add_column(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	GradualCommand *command = rehearsal->command;
	GradualColumn *added = command->added;
	char	   *value = gradual_inherited_default(relation->clone, added->name);
	GradualBelow model = {.column = added->name,.added = added,.applies = true};

	model.sql = psprintf("ADD COLUMN %s %s %s%s%s%s", quote_identifier(added->name), added->type,
						 added->generated != NULL ? added->generated : "",
						 value != NULL ? "DEFAULT " : "", value != NULL ? value : "",
						 added->not_null ? not_null_of(command) : "");
	gradual_below_note(rehearsal, &model, relation->oid, check_column);
}

/* --- constraints --- */

/* What a CHECK of a table or clone says, as (definition, condition, inherited); NULL = none */
static GradualRow *
read_check(Oid table, const char *name)
{
	GradualArgs args = {0};
	int			level = gradual_lookup_pin_path();
	GradualRow *row;

	gradual_args_oid(&args, OIDOID, table);
	gradual_args_text(&args, name);
	row = gradual_spi_row("SELECT pg_get_constraintdef(oid), pg_get_expr(conbin, conrelid), NOT connoinherit"
						  " FROM pg_constraint WHERE conrelid = $1 AND conname = $2::name AND contype = 'c'", &args);
	AtEOXact_GUC(true, level);
	return row;
}

static bool
is_called(const char *constraint, const char *name)
{
	return constraint != NULL && strcmp(constraint, name) == 0;
}

/* Has a table below a constraint of its own of that name?  InvalidOid: no, else where. */
static Oid
find_own_constraint(GradualRehearsal *rehearsal, Oid table, const char *name)
{
	Oid			place = place_of(rehearsal, table);

	for (int i = list_length(rehearsal->below) - 1; i >= 0; i--)
	{
		const GradualBelow *below = list_nth(rehearsal->below, i);
		bool		comes = is_called(below->constraint, name);

		if (below->table != table || !below->applies ||
			!(comes || is_called(below->released, name)))
			continue;
		if (comes || place == table)
			return InvalidOid;
		break;
	}
	return OidIsValid(get_relation_constraint_oid(place, name, true)) ? place : InvalidOid;
}

/* One of the same name has to say the same: then it becomes the parent's as well. */
static void
check_constraint(GradualRehearsal *rehearsal, GradualBelow *below)
{
	Oid			place = find_own_constraint(rehearsal, below->table, below->constraint);
	GradualRow *row;

	if (!OidIsValid(place))
		return;
	row = read_check(place, below->constraint);
	below->merges = true;
	if (row != NULL &&
		strcmp(gradual_row_text(row, 2),
			   gradual_row_text(read_check(rehearsal->command->table->clone, below->constraint), 2)) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("constraint \"%s\" for relation \"%s\" already exists", below->constraint,
					gradual_below_relation(rehearsal, below->table)->name)));
}

static bool
is_inherited(Oid clone, const char *name)
{
	GradualRow *row = read_check(clone, name);

	return row != NULL && gradual_row_bool(row, 3, false);
}

static void
add_checks(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, rehearsal->command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);
		GradualBelow model = {.constraint = constraint->name,.applies = true};

		if (!is_inherited(relation->clone, constraint->name))
			continue;
		model.sql = psprintf("ADD CONSTRAINT %s %s", quote_identifier(constraint->name),
							 gradual_row_text(read_check(relation->clone, constraint->name), 1));
		gradual_below_note(rehearsal, &model, relation->oid, check_constraint);
	}
}

/* It stays where the table has it itself as well, or from another parent. */
static void
check_release(GradualRehearsal *rehearsal, GradualBelow *below)
{
	bool		own = false;

	below->applies = gradual_below_count_check_parents(rehearsal, below->table, below->released,
													   &own) == 1 && !own;
}

static void
drop_check(GradualRehearsal *rehearsal, const GradualRelation *relation, char *name)
{
	GradualBelow model = {.released = name,.applies = true};
	List	   *constraints = rehearsal->command->constraints;

	if (constraints == NIL ||
		((GradualConstraint *) linitial(constraints))->type != CONSTRAINT_CHECK)
		return;
	model.sql = psprintf("DROP CONSTRAINT %s", quote_identifier(name));
	gradual_below_note(rehearsal, &model, relation->oid, check_release);
}

/* --- */

static void
set_default(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *column)
{
	char	   *value = gradual_inherited_default(relation->clone, column);
	GradualBelow model = {.applies = true};

	model.sql = psprintf("ALTER COLUMN %s %s", quote_identifier(column),
						 value == NULL ? "DROP DEFAULT" : psprintf("SET DEFAULT %s", value));
	gradual_below_note(rehearsal, &model, relation->oid, NULL);
}

/* Its rows, which only a preview has, have no value then if it is computed. */
static void
alter_type(GradualRehearsal *rehearsal, const GradualRelation *relation,
		   const AlterTableCmd *command)
{
	char	   *type = gradual_facts_type(relation->clone, command->name);
	GradualBelow model = {.retypes = true,.applies = true};

	model.sql = psprintf("ALTER COLUMN %s TYPE %s%s", quote_identifier(command->name), type,
						 ((ColumnDef *) command->def)->raw_default != NULL ? " USING NULL" : "");
	gradual_below_note(rehearsal, &model, relation->oid, NULL);
}

void
gradual_inherited_alter(GradualRehearsal *rehearsal, const GradualRelation *relation,
						const AlterTableCmd *command)
{
	GradualCommand *facts = rehearsal->command;

	if (!OidIsValid(relation->oid) || !gradual_below_has_family(relation) || facts->noop)
		return;
	switch (command->subtype)
	{
		case AT_AddColumn:
			add_column(rehearsal, relation);
			add_checks(rehearsal, relation);
			break;
		case AT_ColumnDefault:
			set_default(rehearsal, relation, command->name);
			break;
		case AT_AlterColumnType:
			alter_type(rehearsal, relation, command);
			break;
		case AT_AddConstraint:
			add_checks(rehearsal, relation);
			break;
		case AT_DropConstraint:
			drop_check(rehearsal, relation, command->name);
			break;
		default:
			return;
	}
	gradual_below_follow(rehearsal, relation,
						 command->subtype == AT_AddColumn ? facts->column : NULL);
}

/* The one that the statement has made; NULL = none, as for a column that is new itself */
static GradualBridge *
find_bridge(const GradualRehearsal *rehearsal, const GradualTable *table, const char *column)
{
	ListCell   *lc;

	foreach(lc, table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (bridge->statement == rehearsal->statement->number && strcmp(bridge->name, column) == 0)
			return bridge;
	}
	return NULL;
}

void
gradual_inherited_rename(GradualRehearsal *rehearsal, const GradualRelation *relation,
						 const RenameStmt *rename)
{
	GradualBelow model = {.applies = true};
	bool		column = rename->renameType == OBJECT_COLUMN;

	if (!OidIsValid(relation->oid) || !gradual_below_has_family(relation) ||
		(!column && !is_inherited(relation->clone, rename->newname)))
		return;
	if (column)
	{
		model.column = rename->newname;
		model.before = rename->subname;
		model.bridge = find_bridge(rehearsal, relation->table, rename->newname);
	}
	else
	{
		model.constraint = rename->newname;
		model.released = rename->subname;
	}
	model.sql = psprintf("RENAME %s %s TO %s", column ? "COLUMN" : "CONSTRAINT",
						 quote_identifier(rename->subname), quote_identifier(rename->newname));
	gradual_below_note(rehearsal, &model, relation->oid, NULL);
	gradual_below_follow(rehearsal, relation, column ? rename->newname : NULL);
}
