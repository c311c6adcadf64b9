/*
 * statement.h
 *	  Errors in a text that we run: where in it, and that it was it.
 */
#ifndef GRADUAL_STATEMENT_H
#define GRADUAL_STATEMENT_H

/*
 * From enter to leave, an error's position is one in 'sql', not in the text that
 * a client sent; one without a position names the statement.  Where there is no
 * client 'sql' is what current_query() gives and the server logs.  It must live
 * as long.  An error that is thrown needs no leave, but gradual_statement_none().
 */
extern void gradual_statement_enter(ErrorContextCallback *callback, const char *sql);
extern void gradual_statement_leave(ErrorContextCallback *callback);

/* The same for what a transaction has put off to its end. */
extern void gradual_statement_commit(void);

/* An attempt has failed, or its end is over: no statement is being run any more. */
extern void gradual_statement_none(void);

#endif							/* GRADUAL_STATEMENT_H */
