/*
 * identity.c
 *	  Serial and identity columns: added to tables with rows; identity added to,
 *	  changed and taken from columns; DROP EXPRESSION.
 *
 * A column that is being filled takes its values from an interim sequence that
 * everybody may use: until the swap no write of the application may fail for
 * want of a privilege on something new.  In the swap its own sequence, made
 * there under its own name, goes on where that one stopped.
 */
#include "postgres.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_constraint.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "identity.c must stay pure"
#endif

/* --- ADD COLUMN --- */

/* The interim sequence, quoted and qualified; the column's number makes it one. */
static char *
interim_name(const GradualRecipeState *state, const GradualCommand *command)
{
	return psprintf("%s.%s", command->added->sequence->schema,
					quote_identifier(gradual_ident_sequence(state->migration,
															gradual_steps_number(command))));
}

char *
gradual_identity_begin(GradualRecipeState *state, const GradualCommand *command, GradualStep *add)
{
	GradualSequence *sequence = command->added->sequence;
	char	   *interim = interim_name(state, command);

	gradual_steps_command(add, psprintf("CREATE SEQUENCE %s AS %s %s", interim, sequence->type,
										sequence->options));
	gradual_steps_command(add, psprintf("GRANT USAGE ON SEQUENCE %s TO PUBLIC", interim));
	add->undo = lappend(add->undo, psprintf("DROP SEQUENCE IF EXISTS %s", interim));
	gradual_steps_note(add, psprintf("Until complete its values come from an interim sequence that everybody may use; %s takes its place then.",
									 sequence->qualified));
	return psprintf("pg_catalog.nextval(%s::pg_catalog.regclass)", quote_literal_cstr(interim));
}

/* The sequence of a serial column, by hand: its type of column is gone by now. */
static void
make_serial(GradualStep *step, const GradualCommand *command, const char *interim)
{
	GradualSequence *sequence = command->added->sequence;
	const char *name = sequence->qualified;

	gradual_steps_command(step, psprintf("CREATE %sSEQUENCE %s AS %s",
										 command->table->unlogged ? "UNLOGGED " : "", name, sequence->type));
	if (sequence->owner != NULL)
		gradual_steps_command(step, psprintf("ALTER SEQUENCE %s OWNER TO %s", name, sequence->owner));
	gradual_steps_command(step, psprintf("ALTER SEQUENCE %s OWNED BY %s.%s", name,
										 command->table->qualified,
										 quote_identifier(command->column)));
	gradual_steps_command(step, psprintf("SELECT pg_catalog.setval(%s, last_value, is_called) FROM %s",
										 quote_literal_cstr(name), interim));
	gradual_steps_command(step, gradual_steps_alter_column(command, step->phase,
														   psprintf("SET DEFAULT pg_catalog.nextval(%s::pg_catalog.regclass)",
																	quote_literal_cstr(name))));
}

static void
make_identity(GradualStep *step, const GradualCommand *command, const char *interim)
{
	GradualSequence *sequence = command->added->sequence;

	gradual_steps_command(step, gradual_steps_alter_column(command, step->phase, "DROP DEFAULT"));
	gradual_steps_command(step, gradual_steps_alter_column(command, step->phase,
														   psprintf("ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)",
																	sequence->identity,
																	sequence->qualified,
																	sequence->options)));
	gradual_steps_command(step, psprintf("SELECT pg_catalog.setval(%s, last_value, is_called) FROM %s",
										 quote_literal_cstr(sequence->qualified), interim));
}

void
gradual_identity_end(GradualRecipeState *state, const GradualCommand *command, GradualPhase phase)
{
	GradualSequence *sequence = command->added->sequence;
	char	   *interim = interim_name(state, command);
	GradualPhase end = phase < GRADUAL_SWAP ? GRADUAL_SWAP : GRADUAL_TAIL;
	GradualStep *step;

	/* an identity column has to be NOT NULL by then */
	if (sequence->identity != NULL)
		end = Max(end, gradual_steps_latest(state, command->statement));
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, end);
	if (sequence->identity != NULL)
		make_identity(step, command, interim);
	else
		make_serial(step, command, interim);
	gradual_steps_command(step, psprintf("DROP SEQUENCE %s", interim));
	step->action = psprintf(sequence->identity != NULL ? "make %s an identity column" :
							"give %s its sequence", command->column);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "A change of the catalog: the sequence goes on where the interim one stopped.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

/* --- ALTER COLUMN --- */

/* When a column that the script adds to a table in use has become one. */
static GradualPhase
made_identity(const GradualRecipeState *state, const GradualCommand *command)
{
	const GradualColumn *added = gradual_steps_added_column(command, command->column);

	if (added == NULL || added->sequence == NULL || gradual_steps_is_at_once(command, command->column))
		return GRADUAL_EXPAND;
	return gradual_steps_latest(state, list_nth(state->script->statements, added->statement - 1));
}

static GradualStep *
alter_identity(GradualRecipeState *state, const GradualCommand *command, bool breaks,
			   const char *text)
{
	GradualPhase own = breaks && !command->table->created ? GRADUAL_SWAP :
	GRADUAL_EXPAND;
	GradualPhase phase = Max(gradual_place_column(state, command, own),
							 Max(gradual_steps_latest(state, command->statement),
								 made_identity(state, command)));
	GradualStep *step = gradual_steps_plain(state, command, phase,
											gradual_steps_alter_column(command, phase, text));

	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	return step;
}

void
gradual_recipe_add_identity(GradualRecipeState *state, GradualCommand *command)
{
	GradualSequence *sequence = command->sequence;
	bool		always = strcmp(sequence->identity, "ALWAYS") == 0;
	GradualStep *step = alter_identity(state, command, always,
									   psprintf("ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)",
												sequence->identity, sequence->qualified,
												sequence->options));

	command->phase = step->phase;
	step->action = psprintf("make %s an identity column", command->column);
	step->undo = list_make1(gradual_steps_alter_column(command, step->phase,
													   "DROP IDENTITY IF EXISTS"));
	step->note = always && step->phase >= GRADUAL_SWAP ?
		"Only after complete: with GENERATED ALWAYS an INSERT that gives a value fails." :
		"Catalog only: it reaches new rows, no row is touched.";
}

/* One option of the sequence as SET has it. */
static char *
option_text(const DefElem *option)
{
	const char *value = option->arg == NULL ? "" :
	IsA(option->arg, Float) ? castNode(Float, option->arg)->fval :
	IsA(option->arg, Integer) ? psprintf("%d", intVal(option->arg)) : "";

	if (strcmp(option->defname, "generated") == 0)
		return psprintf("SET GENERATED %s", intVal(option->arg) == ATTRIBUTE_IDENTITY_ALWAYS ?
						"ALWAYS" : "BY DEFAULT");
	if (strcmp(option->defname, "restart") == 0)
		return psprintf("RESTART %s", value);
	if (strcmp(option->defname, "cycle") == 0)
		return boolVal(option->arg) ? "SET CYCLE" : "SET NO CYCLE";
	if ((strcmp(option->defname, "minvalue") == 0 || strcmp(option->defname, "maxvalue") == 0) &&
		option->arg == NULL)
		return psprintf("SET NO %s", option->defname);
	return psprintf("SET %s %s", option->defname, value);
}

/* What it was: from the catalogs. */
static char *
previous_identity(const GradualCommand *command)
{
	return psprintf("SELECT pg_catalog.format('ALTER TABLE %%s ALTER COLUMN %%I SET GENERATED %%s SET INCREMENT BY %%s SET MINVALUE %%s SET MAXVALUE %%s SET START WITH %%s SET CACHE %%s SET %%s', %1$s, a.attname, CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i' JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid WHERE a.attrelid = pg_catalog.to_regclass(%1$s) AND a.attname = %2$s AND NOT a.attisdropped",
					quote_literal_cstr(command->table->qualified),
					quote_literal_cstr(command->column));
}

void
gradual_recipe_set_identity(GradualRecipeState *state, GradualCommand *command)
{
	StringInfoData text;
	bool		always = false;
	bool		restart = false;
	GradualStep *step;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, (List *) ((AlterTableCmd *) command->node)->def)
	{
		DefElem    *option = lfirst(lc);

		appendStringInfo(&text, "%s%s", text.len > 0 ? " " : "", option_text(option));
		always |= strcmp(option->defname, "generated") == 0 &&
			intVal(option->arg) == ATTRIBUTE_IDENTITY_ALWAYS;
		restart |= strcmp(option->defname, "restart") == 0;
	}
	step = alter_identity(state, command, always, text.data);
	step->action = psprintf("change the identity of %s", command->column);
	step->undo_query = previous_identity(command);
	if (always && step->phase >= GRADUAL_SWAP)
		step->note = "Only after complete: with GENERATED ALWAYS an INSERT that gives a value fails.";
	if (restart && step->phase < GRADUAL_SWAP)
	{
		step->reversible = "no";
		step->note = "Rolling back restores its options, but not its value.";
	}
}

void
gradual_recipe_drop_identity(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;

	/* IF EXISTS, and it is none */
	if (command->sequence == NULL || command->sequence->identity == NULL)
		return;
	step = alter_identity(state, command, true, "DROP IDENTITY");
	step->action = psprintf("make %s a plain column", command->column);
	if (step->phase < GRADUAL_SWAP)
		step->reversible = command->table->created ? "yes" : "no";
	else
		step->note = "Only after complete: the column is NOT NULL, so every INSERT of the running application that leaves it out would fail.";
}

/* Does it put a CHECK on its table before the swap, if only as a proof? */
static bool
adds_check(const GradualCommand *command)
{
	ListCell   *lc;

	if (gradual_steps_is(command, AT_SetNotNull))
		return !command->column_not_null;
	if (gradual_steps_is(command, AT_AlterColumnType))
		return command->retype->shadow != NULL && command->retype->not_null;
	if (gradual_steps_adds_late_not_null(command))
		return true;
	if (!gradual_steps_is(command, AT_AddConstraint) && command->added == NULL)
		return false;
	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		if (constraint->type == CONSTRAINT_CHECK || constraint->nullable != NIL ||
			(constraint->type == GRADUAL_CONSTRAINT_NOT_NULL && command->added == NULL))
			return true;
	}
	return false;
}

/*
 * The server sets no expression of a virtual column on a table with a CHECK, and
 * what comes later in the script may bring one that is there by then.
 */
static void
refuse_beside_check(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		const GradualCommand *other = lfirst(lc);

		if (other->table == command->table &&
			other->statement->number >= command->statement->number && adds_check(other))
			gradual_script_refuse(other->statement, "a CHECK after SET EXPRESSION of a virtual column",
								  "It would be there before the swap, and then PostgreSQL does not set the expression.",
								  "Put this statement into a migration of its own.");
	}
}

/* Of a stored column it writes all rows anew; of a NOT NULL one it looks at them. */
void
gradual_recipe_set_expression(GradualRecipeState *state, GradualCommand *command)
{
	GradualPhase phase = Max(gradual_place_column(state, command, GRADUAL_SWAP),
							 gradual_steps_latest(state, command->statement));
	GradualStep *step;

	if (command->rewrites || command->column_not_null)
	{
		gradual_recipe_blocking(state, command);
		step = llast(state->steps);
		step->phase = gradual_place_work(phase);
		return;
	}
	refuse_beside_check(state, command);
	step = gradual_steps_plain(state, command, phase, NULL);
	step->action = psprintf("set expression of %s", command->column);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "Only after complete: from here on the running application reads other values in the column.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

void
gradual_recipe_drop_expression(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step = alter_identity(state, command, true,
									   ((AlterTableCmd *) command->node)->missing_ok ?
									   "DROP EXPRESSION IF EXISTS" : "DROP EXPRESSION");

	step->action = psprintf("keep %s as it is", command->column);
	if (step->phase < GRADUAL_SWAP)
		step->reversible = command->table->created ? "yes" : "no";
	else
		step->note = "Only after complete: from here on nothing computes the column, and the running application does not write it.";
}
