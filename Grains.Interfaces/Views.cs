using System.Text.Json;

namespace Crm;

/// <summary>Reads the rows of projections.</summary>
public interface IViews
{
    /// <summary>A row of a view; null when nothing went into it yet. It may be behind the journal by the moments that the outbox takes.</summary>
    Task<JsonElement?> Row(string tenant, string view, string key, CancellationToken cancel = default);
}
