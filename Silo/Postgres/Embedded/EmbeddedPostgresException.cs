namespace Crm.Silo.Postgres.Embedded;

/// <summary>The embedded database cannot run. The message is one line for whoever started the process: what is wrong and what to do.</summary>
public sealed class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);
