/*
 * step.c
 *	  Steps in memory, and the words that the ledger stores for their kinds,
 *	  sources and proofs.  Pure.
 */
#include "postgres.h"

#include "base/ident.h"
#include "ledger/state.h"
#include "ledger/step.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "step.c must stay pure"
#endif

static const char *const kind_words[] = {
	[GRADUAL_STEP_DDL] = "ddl",
	[GRADUAL_STEP_STATEMENT] = "statement",
	[GRADUAL_STEP_BACKFILL] = "backfill",
	[GRADUAL_STEP_INDEX] = "index",
	[GRADUAL_STEP_DROP_INDEX] = "drop_index",
	[GRADUAL_STEP_REINDEX] = "reindex",
	[GRADUAL_STEP_CONCURRENT] = "concurrent",
	[GRADUAL_STEP_SCAN] = "scan",
	[GRADUAL_STEP_WAIT] = "wait",
};

/* NULL stands for none, here and in the ledger. */
static const char *const source_words[] = {
	[GRADUAL_NO_SOURCE] = NULL,
	[GRADUAL_SOURCE_HEAP] = "heap",
	[GRADUAL_SOURCE_KEY] = "key",
};

static const char *const proof_words[] = {
	[GRADUAL_NO_PROOF] = NULL,
	[GRADUAL_PROOF_ATTRIBUTES] = "attributes",
	[GRADUAL_PROOF_WHERE] = "where",
	[GRADUAL_PROOF_DELETE] = "delete",
};

GradualStep *
gradual_step_make(GradualStepKind kind, GradualPhase phase, int statement)
{
	GradualStep *step = palloc0(sizeof(GradualStep));

	step->kind = kind;
	step->phase = phase;
	step->statement = statement;
	step->action = "";
	step->target = "";
	step->sql = "";
	step->lock_mode = "";
	step->blocks = "";
	step->cost = "";
	step->reversible = "";
	step->note = "";
	step->status = GRADUAL_STEP_PENDING;
	return step;
}

const char *
gradual_step_kind_name(GradualStepKind kind)
{
	return kind_words[kind];
}

GradualStepKind
gradual_step_kind_parse(const char *name)
{
	return gradual_word_parse(kind_words, lengthof(kind_words), "kind of step", name);
}

const char *
gradual_source_name(GradualSource source)
{
	return source_words[source];
}

GradualSource
gradual_source_parse(const char *name)
{
	if (name == NULL)
		return GRADUAL_NO_SOURCE;
	return gradual_word_parse(source_words, lengthof(source_words), "source", name);
}

const char *
gradual_proof_name(GradualProof proof)
{
	return proof_words[proof];
}

GradualProof
gradual_proof_parse(const char *name)
{
	if (name == NULL)
		return GRADUAL_NO_PROOF;
	return gradual_word_parse(proof_words, lengthof(proof_words), "proof", name);
}

bool
gradual_is_swapped(List *steps)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->phase >= GRADUAL_SWAP && step->status == GRADUAL_STEP_DONE)
			return true;
	}
	return false;
}

bool
gradual_step_fills_hidden(const GradualStep *step)
{
	return step->fill && step->proof_column != NULL && gradual_ident_is_interim(step->proof_column);
}

char *
gradual_step_words(const GradualStep *step)
{
	return step->target[0] == '\0' ? step->action : psprintf("%s on %s", step->action, step->target);
}

List *
gradual_step_undo_tables(const GradualStep *step)
{
	return step->undo_tables != NIL ? step->undo_tables : step->lock_tables;
}
