using Crm.Silo.Hosting;

return await Node.Run(args);
