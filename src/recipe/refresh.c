/*
 * refresh.c
 *	  REFRESH MATERIALIZED VIEW and ANALYZE: what reads tables from end to end and
 *	  changes none.
 */
#include "postgres.h"

#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "refresh.c must stay pure"
#endif

static void
refresh_as_written(GradualRecipeState *state, const GradualCommand *command)
{
	GradualScript *script = state->script;
	GradualStep *step;

	if (!script->allow_blocking &&
		(command->table == NULL ||
		 (!GRADUAL_TABLE_AT_ONCE(command->table) && command->table->pages >= script->direct_pages)))
		gradual_script_refuse(command->statement, "REFRESH MATERIALIZED VIEW",
							  "Nobody could read the view for as long as it takes, and CONCURRENTLY needs a unique index.",
							  psprintf("First CREATE UNIQUE INDEX ON %s (..), over columns and without WHERE.",
									   gradual_names_range(((RefreshMatViewStmt *) command->node)->relation)));
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, gradual_place_opaque(state));
	gradual_steps_command(step, command->statement->sql);
	step->action = "refresh materialized view";
	step->cost = "scan";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

void
gradual_recipe_refresh(GradualRecipeState *state, GradualCommand *command)
{
	RefreshMatViewStmt *refresh = (RefreshMatViewStmt *) command->node;
	GradualStep *step;

	if (!refresh->concurrent && (!command->refreshable || refresh->skipData))
	{
		refresh_as_written(state, command);
		return;
	}
	step = gradual_steps_add(state, command, GRADUAL_STEP_CONCURRENT,
							 gradual_place_opaque(state));
	gradual_steps_command(step, psprintf("REFRESH MATERIALIZED VIEW CONCURRENTLY %s",
										 gradual_names_range(refresh->relation)));
	if (command->table == NULL)
		step->target = gradual_names_range(refresh->relation);
	step->action = "refresh materialized view";
	step->cost = "scan";
	step->lock_mode = "EXCLUSIVE";
	step->note = "Readers of the view go on; only another refresh would wait.";
}

void
gradual_recipe_analyze(GradualRecipeState *state, GradualCommand *command)
{
	GradualPhase phase = Min(gradual_place_opaque(state), GRADUAL_VERIFY);
	GradualStep *step;

	if (((VacuumStmt *) command->node)->is_vacuumcmd)
		gradual_script_refuse(command->statement, "VACUUM",
							  "It is not part of a change of the schema, and refuses a transaction block.",
							  "Run it by hand, or leave it to autovacuum.");
	phase = gradual_place_work(gradual_place_ddl(state, command, phase));
	step = gradual_steps_add(state, command, GRADUAL_STEP_SCAN, phase);
	gradual_steps_command(step, command->statement->sql);
	step->action = "analyze";
	step->cost = "scan";
	step->lock_mode = "SHARE UPDATE EXCLUSIVE";
	gradual_steps_lock(step, command->table, ShareUpdateExclusiveLock);
	step->note = "Samples the table while everybody goes on reading and writing.";
}
