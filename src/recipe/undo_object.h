/*
 * undo_object.h
 *	  What undoes the making of rare objects, and changes of objects that are no
 *	  relations.  Pure.
 */
#ifndef GRADUAL_RECIPE_UNDO_OBJECT_H
#define GRADUAL_RECIPE_UNDO_OBJECT_H

#include "recipe/steps.h"

/*
 * Set undo, undo_query, reversible and the note about it.  False: there is
 * nothing that would undo the statement.
 */
extern bool gradual_undo_object(GradualStep *step, const GradualRecipeState *state,
								const GradualCommand *command);

/* An expression for the comment that the object has; NULL = cannot be written. */
extern char *gradual_undo_object_comment(const CommentStmt *comment);

#endif							/* GRADUAL_RECIPE_UNDO_OBJECT_H */
