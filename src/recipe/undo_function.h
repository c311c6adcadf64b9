/*
 * undo_function.h
 *	  What takes back a function or procedure that a step makes, or replaces.
 */
#ifndef GRADUAL_UNDO_FUNCTION_H
#define GRADUAL_UNDO_FUNCTION_H

#include "nodes/parsenodes.h"

#include "ledger/step.h"

/* Set the undo query; false: its signature cannot be written beforehand. */
extern bool gradual_undo_function(GradualStep *step, const CreateFunctionStmt *create);

#endif							/* GRADUAL_UNDO_FUNCTION_H */
