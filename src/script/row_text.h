/*
 * row_text.h
 *	  Expressions over one row, as text that outlives the clone they were made on.
 */
#ifndef GRADUAL_ROW_TEXT_H
#define GRADUAL_ROW_TEXT_H

#include "nodes/nodes.h"
#include "utils/relcache.h"

/*
 * Does an expression (or a list) follow from the user columns of range table
 * entry varno alone, and has it a text that means the same in another session
 * and on another table with these columns?
 */
extern bool gradual_row_text_exists(Node *expr, Index varno);

/*
 * That text: columns bare, all other names qualified, constants as every
 * session reads them.  Implicit casts are left out, the outermost one too: who
 * reads it gets them back from the types, and what an assignment casts without
 * a word may not become an explicit cast, which cuts a string that is too long.
 */
extern char *gradual_row_expression(Node *expr, Relation rel, Index varno);

/* A copy for a note: without outer parentheses, cut to what there is room for. */
extern char *gradual_row_text_shorten(const char *string);

#endif							/* GRADUAL_ROW_TEXT_H */
