using Crm.Engine;
using Crm.Silo.Mail;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Silo.Hosting;

/// <summary>Notices, the alarms that they need, and the e-mail that some of them become.</summary>
public static class NoticesHosting
{
    /// <summary>
    /// Registers <see cref="INotices"/>, <see cref="IMailLinks"/>, <see cref="ITimers"/> and what makes notices of changes. Needs the engine, a
    /// <see cref="RecordHost"/> and <see cref="People"/>; <see cref="TimerWorker"/> is added apart by nodes that host records.
    /// </summary>
    public static IServiceCollection AddNotices(this IServiceCollection services, MailOptions mail)
    {
        services.AddSingleton(mail).AddSingleton<MailLinks>().AddSingleton<IMailLinks>(of => of.GetRequiredService<MailLinks>()).AddSingleton<IMailPost, SmtpPost>();
        services.AddSingleton<Bells>().AddSingleton<Timers>();
        services.AddSingleton<ITimers>(of => new LateTimers(of.GetRequiredService<Timers>));
        services.AddSingleton(of => new NoticeRules(of.GetRequiredService<ICatalog>(), of.GetRequiredService<IKindRegistry>(), EscalationBell.Rule, ConflictBell.Rule));
        services.AddSingleton<IMembers>(of => new MemberBook(
            of.GetRequiredService<ILists>(), (tenant, user) => of.GetRequiredService<People>().Caller(tenant, user), of.GetRequiredService<IFeed>(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton(of => new Receivers(of.GetRequiredService<IMembers>(), of.GetService<IFollowers>()));
        services.AddSingleton<WishBook>().AddSingleton<NoticeTeller>().AddSingleton<NoticeRanking>().AddSingleton<NoticeMaker>().AddSingleton<SweepBell>();
        services.AddSingleton<IProcess, NoticeCourse>().AddSingleton<IProcess, EscalationEnd>().AddSingleton<IProcess, NoticeLearning>().AddSingleton<IProcess, TenantRanking>();
        services.AddSingleton<ICompoundVerb, CorrectVerb>();
        services.AddSingleton<IBell>(of => of.GetRequiredService<SweepBell>()).AddSingleton<IBell, ReleaseBell>().AddSingleton<IBell, MailBell>().AddSingleton<IBell, ConflictBell>();
        services.AddSingleton<IBell>(of => new EscalationBell(
            of.GetRequiredService<WishBook>(), of.GetRequiredService<NoticeMaker>, of.GetRequiredService<ITimers>(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IBroadcasts>(of => new Broadcasts(
            of.GetRequiredService<INudges>(), async () => await of.GetRequiredService<Tenants>().All(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton<INotices>(of => new NoticeBook(
            () => of.GetRequiredService<RecordHost>().Records, of.GetRequiredService<ILists>(), of.GetRequiredService<NoticeRules>(), of.GetRequiredService<NoticeTeller>(),
            of.GetRequiredService<WishBook>(), of.GetRequiredService<IMembers>(), of.GetRequiredService<ITimers>(),
            of.GetRequiredService<IKeptDrafts>(), of.GetRequiredService<TimeProvider>()));
        return services;
    }

    // Bells set alarms, and the table of alarms knows the bells.
    private sealed class LateTimers(Func<Timers> timers) : ITimers
    {
        public Task Set(Alarm alarm, bool move = false, CancellationToken cancel = default) => timers().Set(alarm, move, cancel);

        public Task Cancel(string tenant, string bell, string key, CancellationToken cancel = default) => timers().Cancel(tenant, bell, key, cancel);
    }
}
