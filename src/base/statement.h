/*
 * statement.h
 *	  Errors in a text that we run: where in it, and that it was it.
 */
#ifndef GRADUAL_STATEMENT_H
#define GRADUAL_STATEMENT_H

/*
 * From enter to leave, an error's position is one in 'sql', not in the text that
 * a client sent; one without a position names the statement.  'sql' must live
 * as long.  An error that is thrown needs no leave.
 */
extern void gradual_statement_enter(ErrorContextCallback *callback, const char *sql);
extern void gradual_statement_leave(ErrorContextCallback *callback);

#endif							/* GRADUAL_STATEMENT_H */
