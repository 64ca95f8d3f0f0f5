using Crm.Contacts;
using Crm.Engine;
using Crm.Fields;
using Crm.Silo.Workers;

namespace Crm.Silo.Hosting;

/// <summary>Contacts: merging, duplicates, imports, custom fields.</summary>
public static class ContactsHosting
{
    /// <summary>
    /// Registers <see cref="IImports"/>, <see cref="IDuplicates"/>, <see cref="IContactExport"/>, the verbs and processes of contacts, and the worker that imports.
    /// Needs <see cref="ILists"/>, <see cref="ILookup"/>, <see cref="IFeed"/> and the engine.
    /// </summary>
    /// <param name="host">The records themselves, not their door: inner verbs are open there.</param>
    /// <param name="callers">What a user (tenant, id) may do now; null when he may not sign in.</param>
    public static IServiceCollection AddContacts(
        this IServiceCollection services, UploadOptions uploads, Func<IServiceProvider, IRecords> host, Func<IServiceProvider, Func<string, string, Task<Caller?>>> callers)
    {
        services.AddSingleton(uploads).AddSingleton<Uploads>().AddSingleton<IUploads>(of => of.GetRequiredService<Uploads>());
        services.AddSingleton<ImportQueue>().AddSingleton<IImportQueue>(of => of.GetRequiredService<ImportQueue>());
        services.AddSingleton<MergeCourse>().AddSingleton<RevertMergeVerb>();
        services.AddSingleton<IProcess>(of => of.GetRequiredService<MergeCourse>()).AddSingleton<IProcess, ImportCourse>();
        services.AddSingleton<ICompoundVerb, MergeVerb>().AddSingleton<ICompoundVerb, UnmergeVerb>();
        services.AddSingleton<ICompoundVerb>(of => of.GetRequiredService<RevertMergeVerb>());
        services.AddSingleton<ICompoundVerb>(ImportVerb.Cancel).AddSingleton<ICompoundVerb>(ImportVerb.Revert);
        services.AddSingleton(of => new ImportServices(
            host(of), of.GetRequiredService<ILookup>(), of.GetRequiredService<ILists>(), of.GetRequiredService<ICatalog>(), of.GetRequiredService<IUploads>(),
            callers(of), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ImportRunner>().AddSingleton<IImports, UploadedImports>();
        services.AddSingleton<IDuplicates>(of => new Duplicates(host(of), of.GetRequiredService<ILookup>(), of.GetRequiredService<ICatalog>()));
        services.AddSingleton<IContactExport, ContactExport>();
        services.AddSingleton<CustomFields>();
        services.AddHostedService<ImportWorker>();
        services.AddHostedService<Start>();
        return services;
    }

    // The kinds ask for custom fields from the first command on: a host makes all its services before it starts the first of them.
    private sealed class Start(CustomFields fields) : IHostedService
    {
        public CustomFields Fields { get; } = fields;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
